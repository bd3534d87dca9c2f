// What all steps share: a connection, development accounts, sending, motions, waiting. Plain @polkadot/api, no custom types.
import { ApiPromise, Keyring, WsProvider } from '@polkadot/api';
import { cryptoWaitReady } from '@polkadot/util-crypto';

/** A step has this long for each thing that it waits for. */
const PATIENCE = 4 * 60_000;

export async function connect(url) {
  await cryptoWaitReady();
  const api = await ApiPromise.create({ provider: new WsProvider(url), noInitWarn: true, throwOnConnect: true });
  return api;
}

const keyring = new Keyring({ type: 'sr25519', ss58Format: 42 });
const known = new Map();

/** The development account of a derivation path such as `//Org0`. */
export function account(path) {
  if (!known.has(path)) known.set(path, keyring.addFromUri(path));
  return known.get(path);
}

export const organisations = (numbers) => numbers.map((number) => account(`//Org${number}`));

/** An error of the chain in words: its pallet, its name, its documentation. */
export function words(api, error) {
  if (!error.isModule) return error.toString();
  const { section, name, docs } = api.registry.findMetaError(error.asModule);
  return `${section}.${name}: ${docs.join(' ').trim()}`;
}

/** A call that the chain took and that failed. `message` has its words. */
export class Refused extends Error {}

/** Sends a call; resolves with its events and its block, once it is in one. Throws `Refused` when it fails there. */
export async function send(api, signer, call, options = {}) {
  const { events, block } = await new Promise((resolve, reject) => {
    let stop;
    const end = (done, value) => {
      clearTimeout(timer);
      stop?.();
      done(value);
    };
    const timer = setTimeout(() => end(reject, new Error(`${name(call)} is in no block`)), PATIENCE);
    call
      .signAndSend(signer, { nonce: -1, ...options }, (result) => {
        if (result.isInBlock) end(resolve, { events: result.events, block: result.status.asInBlock });
        if (result.isError) end(reject, new Error(`${name(call)}: ${result.status.type}`));
      })
      .then((unsubscribe) => { stop = unsubscribe; }, (error) => end(reject, error));
  });
  const failed = events.find(({ event }) => api.events.system.ExtrinsicFailed.is(event));
  if (failed) throw new Refused(`${name(call)}: ${words(api, failed.event.data[0])}`);
  return { events: events.map(({ event }) => event), block };
}

const name = (call) => `${call.method.section}.${call.method.method}`;

/** Whether sending fails, with words that `pattern` matches. */
export async function refused(api, signer, call, pattern) {
  await expectThrow(() => send(api, signer, call), pattern);
}

export async function expectThrow(what, pattern) {
  let message;
  try {
    await what();
  } catch (error) {
    message = error.message;
  }
  if (message === undefined) throw new Error(`this was expected to be refused: ${pattern}`);
  if (!pattern.test(message)) throw new Error(`refused, but not for ${pattern}: ${message}`);
  console.log(`  refused, as it should be: ${message}`);
}

/**
 * Proposes `call` in a collective (`council` or `technicalCommittee`), votes with `voters`, and closes. Throws `Refused` when the
 * call that the motion carries fails.
 */
export async function motion(api, body, voters, call) {
  const threshold = Math.max(2, voters.length);
  const { length, index, hash } = await propose(api, body, voters[0], threshold, call);
  await Promise.all(voters.map((voter) => send(api, voter, api.tx[body].vote(hash, index, true))));
  return close(api, body, voters[0], call, { length, index, hash });
}

export async function propose(api, body, proposer, threshold, call) {
  const length = call.method.encodedLength + 4;
  const { events } = await send(api, proposer, api.tx[body].propose(threshold, call, length));
  const proposed = events.find((event) => api.events[body].Proposed.is(event));
  const [, index, hash] = proposed.data;
  return { length, index, hash };
}

export async function close(api, body, closer, call, { length, index, hash }) {
  const info = await api.call.transactionPaymentCallApi.queryCallInfo(call.method, call.method.encodedLength);
  const { events } = await send(api, closer, api.tx[body].close(hash, index, info.weight, length));
  const executed = events.find((event) => api.events[body].Executed.is(event));
  if (!executed) throw new Refused(`${name(call)}: the motion was not carried`);
  const result = executed.data[1];
  if (result.isErr) throw new Refused(`${name(call)}: ${words(api, result.asErr)}`);
  return events;
}

/** Waits until `ask` gives something truthy, which it returns. Asked at each new block. */
export async function until(api, what, ask, patience = PATIENCE) {
  const deadline = Date.now() + patience;
  for (;;) {
    const found = await ask();
    if (found) return found;
    if (Date.now() > deadline) throw new Error(`waited ${patience / 1000} s in vain: ${what}`);
    await nextBlock(api, deadline);
  }
}

export async function nextBlock(api, deadline = Date.now() + PATIENCE) {
  const before = (await api.rpc.chain.getHeader()).number.toNumber();
  await new Promise((resolve, reject) => {
    let stop;
    const timer = setTimeout(() => { stop?.(); reject(new Error('no new block')); }, Math.max(1_000, deadline - Date.now()));
    api.rpc.chain
      .subscribeNewHeads((header) => {
        if (header.number.toNumber() > before) {
          clearTimeout(timer);
          stop?.();
          resolve();
        }
      })
      .then((unsubscribe) => { stop = unsubscribe; }, reject);
  });
}

export function check(holds, what) {
  if (!holds) throw new Error(`does not hold: ${what}`);
  console.log(`  ok  ${what}`);
}

/** Root, as it is reached: two thirds of the technical seats whitelist the call, two thirds of the organisations dispatch it. */
export async function asRoot(api, call) {
  const hash = call.method.hash;
  await motion(api, 'technicalCommittee', organisations([0, 1]), api.tx.whitelist.whitelistCall(hash));
  return motion(api, 'council', organisations([0, 1, 2, 3]), api.tx.whitelist.dispatchWhitelistedCallWithPreimage(call.method));
}
