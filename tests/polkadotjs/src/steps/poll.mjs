// Contributors whose reputation gave them a rank decide a poll: a promotion, carried out by the track's own account.
import { stringToU8a, u8aConcat } from '@polkadot/util';
import { account, check, motion, organisations, send, until } from '../lib.mjs';

/** Shortens the periods of polls to their floors. */
export async function periods(api) {
  const floors = { prepare: 30, decide: 300, confirm: 30, enact: 30 };
  await motion(api, 'council', organisations([0, 1, 2, 3]), api.tx.parameters.setParameter({ Polls: { Periods: [null, floors] } }));
}

/** The account of a track: of a pallet, with the rank as its number. */
function track(rank) {
  const id = new Uint8Array(32);
  id.set(u8aConcat(stringToU8a('modlqr/polls'), Uint8Array.of(rank & 0xff, rank >> 8)));
  return id;
}

/** `{ contributors, model, version }` */
export async function poll(api, { contributors, model, version }) {
  const ranked = [];
  for (const path of contributors) {
    const member = await api.query.rankedCollective.members(account(path).address);
    if (member.isSome && member.unwrap().rank.toNumber() >= 1) ranked.push(account(path));
  }
  check(ranked.length > 0, `${ranked.length} of ${contributors.length} contributors have a rank`);
  for (const one of ranked) await send(api, account('//Org0'), api.tx.balances.transferKeepAlive(one.address, 10n ** 13n));
  const promote = api.tx.models.promote(model, version);
  const origin = { system: { Signed: track(1) } };
  const submit = api.tx.rankedPolls.submit(origin, { Inline: promote.method.toHex() }, { After: 1 });
  const { events } = await send(api, ranked[0], submit);
  const [index] = events.find((event) => api.events.rankedPolls.Submitted.is(event)).data;
  await send(api, account('//Org0'), api.tx.rankedPolls.placeDecisionDeposit(index));
  await Promise.all(ranked.map((one) => send(api, one, api.tx.rankedCollective.vote(index, true))));
  const decided = await until(api, 'the poll is decided', async () => {
    const info = (await api.query.rankedPolls.referendumInfoFor(index)).unwrap();
    return info.isOngoing ? undefined : info;
  }, 10 * 60_000);
  check(decided.isApproved, `poll ${index} is approved by ${ranked.length} votes`);
  await until(api, 'the poll is carried out', async () => (await api.query.models.promotions(model, version)).isSome);
  const by = JSON.stringify((await api.query.models.promotions(model, version)).toHuman());
  check(by.includes('Poll'), `version ${version} is promoted: ${by}`);
}
