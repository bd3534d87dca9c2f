// What all steps share: a connection, development accounts, sending, motions, waiting. Plain @polkadot/api, no custom types.
import { ApiPromise, Keyring, WsProvider } from '@polkadot/api';
import { cryptoWaitReady } from '@polkadot/util-crypto';

/** A step has this long for each thing that it waits for, and a node for each answer: four that compile at once are slow. */
const PATIENCE = 4 * 60_000;

export async function connect(url) {
  await cryptoWaitReady();
  const provider = new WsProvider(url, undefined, undefined, PATIENCE);
  const api = await ApiPromise.create({ provider, noInitWarn: true, throwOnConnect: true });
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

/** How often a transaction goes out anew whose nonce another program of the same account took. */
const TRIES = 16;
/** A transaction that is in no block after this long is looked for, and sent again. */
const WATCH = PATIENCE / 4;
/** For how many blocks a signature holds, a power of two. */
const LIFE = 256;
const turns = new Map();

/** What an account sends in this program goes out one after another: a nonce is asked for when the one before is in the pool. */
function inTurn(address, send) {
  const mine = (turns.get(address) ?? Promise.resolve()).then(send);
  turns.set(address, mine.catch(() => {}));
  return mine;
}

/** Another transaction has the nonce. */
const isTaken = (error) => /1014:|outdated/.test(error.message);

const finalHeader = async (api) => api.rpc.chain.getHeader(await api.rpc.chain.getFinalizedHead());

/** Signs a call, for every fork: the library's own choice of a block may be one that no other fork has. */
async function signed(api, signer, call, nonce) {
  const { hash: blockHash, number } = await finalHeader(api);
  const era = api.createType('ExtrinsicEra', { current: number.toNumber(), period: LIFE });
  // Signing writes into the extrinsic: each sender has one of its own.
  return api.tx(call.method).signAsync(signer, { nonce, blockHash, era });
}

/** Submits a call and notes its hash; once it is in the pool, resolves with `{ inBlock }`, the promise of its events and its block. */
async function submit(api, signer, call, nonce, hashes) {
  const extrinsic = await signed(api, signer, call, nonce);
  hashes.add(extrinsic.hash.toHex());
  let end;
  const ended = new Promise((resolve, reject) => { end = { resolve, reject }; });
  ended.catch(() => {});
  const stop = await extrinsic.send(({ status, events, isError, isInBlock, internalError }) => {
    if (isError || internalError) end.reject(internalError ?? new Error(`${name(call)}: ${status.type}`));
    else if (isInBlock) end.resolve({ events, block: status.asInBlock });
  });
  const timer = setTimeout(() => end.reject(new Error(`${name(call)} is in no block`)), WATCH);
  return { inBlock: ended.finally(() => { clearTimeout(timer); stop(); }) };
}

/** Submits a call with the account's next nonce, which is noted. */
async function submitNext(api, signer, call, out) {
  for (let tries = 1; ; tries += 1) {
    // The library remembers what it asks by itself until the next block.
    const nonce = await api._rpcCore.provider.send('system_accountNextIndex', [signer.address]);
    try {
      const submitted = await submit(api, signer, call, nonce, out.hashes);
      out.nonce = nonce;
      return submitted;
    } catch (error) {
      if (!isTaken(error) || tries >= TRIES) throw error;
      await new Promise((resolve) => { setTimeout(resolve, Math.random() * 100 * tries); });
    }
  }
}

/** The events and the block of what was sent, if one of the final blocks since then has it. */
async function findFinal(api, { hashes, since }) {
  for (let hash = await api.rpc.chain.getFinalizedHead(); ;) {
    const { block: { header, extrinsics } } = await api.rpc.chain.getBlock(hash);
    if (header.number.toNumber() <= since) return undefined;
    const index = extrinsics.findIndex((extrinsic) => hashes.has(extrinsic.hash.toHex()));
    if (index >= 0) {
      const events = await (await api.at(hash)).query.system.events();
      return { events: events.filter(({ phase }) => phase.isApplyExtrinsic && phase.asApplyExtrinsic.eq(index)), block: hash };
    }
    hash = header.parentHash;
  }
}

/**
 * One try of `send`. The pool calls invalid, or forgets, what a block of another fork has: so the same nonce is tried again until
 * the final blocks have used it, by this call or by another.
 */
async function sendOnce(api, signer, call, out) {
  const { address } = signer;
  if (out.nonce !== undefined && (await (await finalized(api)).query.system.account(address)).nonce.toNumber() > out.nonce) {
    const found = await findFinal(api, out);
    if (found) return found;
    out.nonce = undefined;
  }
  const again = () => submit(api, signer, call, out.nonce, out.hashes);
  const { inBlock } = await inTurn(address, out.nonce === undefined ? () => submitNext(api, signer, call, out) : again);
  return inBlock;
}

/** Sends a call; resolves with its events and its block, once it is in one. Throws `Refused` when it fails there. */
export async function send(api, signer, call) {
  const out = { hashes: new Set(), since: (await finalHeader(api)).number.toNumber(), nonce: undefined };
  const { events, block } = await until(api, `${name(call)} is in a block`, () => sendOnce(api, signer, call, out));
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

/** A fork may give a motion another index, or take a vote or the motion itself back for a while. */
const isLost = (error) => error instanceof Refused && /(WrongIndex|ProposalMissing|DuplicateVote|TooEarly)/.test(error.message);
let motions = 0;

/** Proposes `call` in a collective (`council` or `technicalCommittee`). */
export async function propose(api, body, proposer, threshold, call) {
  const length = call.method.encodedLength + 4;
  await send(api, proposer, api.tx[body].propose(threshold, call, length));
  return { body, call, length, hash: call.method.hash, voters: [] };
}

/** The index and the votes of a motion in a state, if it is open there. */
const voting = async (state, { body, hash }) => (await state.query[body].voting(hash)).unwrapOr(undefined);

/** The index of a motion, once it is final: another fork gives it another one. */
export async function finalIndexOf(api, motion) {
  return (await until(api, `the motion ${name(motion.call)} is final`, async () => voting(await finalized(api), motion))).index;
}

/** Votes for a motion until the best block has the ayes of all `voters`. `close` asks them again when a fork has lost some. */
export async function vote(api, motion, voters) {
  motion.voters = voters;
  await until(api, `${name(motion.call)} has all votes`, async () => {
    const votes = await voting(api, motion);
    if (!votes) return false;
    const missing = voters.filter((voter) => !votes.ayes.some((one) => one.eq(voter.address)));
    const aye = api.tx[motion.body].vote(motion.hash, votes.index, true);
    await Promise.all(missing.map((voter) => send(api, voter, aye).catch((error) => { if (!isLost(error)) throw error; })));
    const now = await voting(api, motion);
    return now && voters.every((voter) => now.ayes.some((one) => one.eq(voter.address)));
  });
}

/** Proposes `call`, by each of the voters in turn since none may have many motions open, and votes; it is not carried out yet. */
export async function decide(api, body, voters, call) {
  motions += 1;
  const motion = await propose(api, body, voters[motions % voters.length], Math.max(2, voters.length), call);
  await vote(api, motion, voters);
  return motion;
}

/** Closes a motion, with its votes once more if a fork has lost them. Throws `Refused` when the call that it carries fails. */
export async function close(api, closer, motion) {
  const { body, call, hash, length, voters } = motion;
  const info = await api.call.transactionPaymentCallApi.queryCallInfo(call.method, call.method.encodedLength);
  const { events } = await until(api, `the motion ${name(call)} is closed`, async () => {
    const open = await voting(api, motion);
    return open && send(api, closer, api.tx[body].close(hash, open.index, info.weight, length)).catch(async (error) => {
      if (!isLost(error)) throw error;
      await vote(api, motion, voters);
    });
  });
  const executed = events.find((event) => api.events[body].Executed.is(event));
  if (!executed) throw new Refused(`${name(call)}: the motion was not carried`);
  const result = executed.data[1];
  if (result.isErr) throw new Refused(`${name(call)}: ${words(api, result.asErr)}`);
  return events;
}

/** Proposes, votes, and closes. */
export async function motion(api, body, voters, call) {
  return close(api, voters[0], await decide(api, body, voters, call));
}

/**
 * Waits until `ask` gives something truthy, which it returns. Asked at each new block. An error is no answer yet, and is shown when
 * there is none in time; only `Refused` is thrown at once.
 */
export async function until(api, what, ask, patience = PATIENCE) {
  const deadline = Date.now() + patience;
  for (;;) {
    let why = '';
    try {
      const found = await ask();
      if (found) return found;
    } catch (error) {
      if (error instanceof Refused) throw error;
      why = `: ${error.message}`;
    }
    if (Date.now() > deadline) throw new Error(`waited ${patience / 1000} s in vain: ${what}${why}`);
    await nextBlock(api, deadline).catch((error) => { throw new Error(`${error.message} in which ${what}${why}`); });
  }
}

/** Waits until the API has the types of this version: it fetches them by itself when it is told of the version. */
export async function typesOf(api, version, deadline = Date.now() + PATIENCE) {
  while (api.runtimeVersion.specVersion.toNumber() !== version) {
    if (Date.now() > deadline) throw new Error(`the API does not get the types of version ${version}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** The state of the best block, with the types of its own runtime: what is asked by `api.query` while the code changes may come in the other's. */
export async function best(api) {
  return api.at(await api.rpc.chain.getBlockHash());
}

/** The state of the final head: no fork takes it back. */
export async function finalized(api) {
  return api.at(await api.rpc.chain.getFinalizedHead());
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
export async function asRoot(api, call, voters = organisations([0, 1, 2, 3])) {
  const technical = organisations([0, 1]);
  const [allow, dispatch] = await Promise.all([
    decide(api, 'technicalCommittee', technical, api.tx.whitelist.whitelistCall(call.method.hash)),
    decide(api, 'council', voters, api.tx.whitelist.dispatchWhitelistedCallWithPreimage(call.method)),
  ]);
  await close(api, technical[0], allow);
  return close(api, voters[0], dispatch);
}
