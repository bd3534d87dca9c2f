// Contributors whose reputation gave them a rank decide a poll: a promotion, carried out by the track's own account.
import { stringToU8a, u8aConcat } from '@polkadot/util';
import { account, best, check, finalized, send, until } from '../lib.mjs';

/** The account of a track: of a pallet, with the rank as its number. */
function track(rank) {
  const id = new Uint8Array(32);
  id.set(u8aConcat(stringToU8a('modlqr/polls'), Uint8Array.of(rank & 0xff, rank >> 8)));
  return id;
}

/** `{ contributors, model, version }`: it is submitted, and all who may have voted. */
export async function poll(api, { contributors, model, version }) {
  const ranked = [];
  for (const path of contributors) {
    const member = await api.query.rankedCollective.members(account(path).address);
    if (member.isSome && member.unwrap().rank.toNumber() >= 1) ranked.push(account(path));
  }
  check(ranked.length > 0, `${ranked.length} of ${contributors.length} contributors have a rank`);
  await Promise.all(ranked.map((one) => send(api, account('//Org0'), api.tx.balances.transferKeepAlive(one.address, 10n ** 13n))));
  const promote = api.tx.models.promote(model, version);
  const origin = { system: { Signed: track(1) } };
  const submit = api.tx.rankedPolls.submit(origin, { Inline: promote.method.toHex() }, { After: 1 });
  const { events } = await send(api, ranked[0], submit);
  const [index] = events.find((event) => api.events.rankedPolls.Submitted.is(event)).data;
  // In another fork the deposit and the votes would come before the poll.
  await until(api, 'the poll is final', async () => (await (await finalized(api)).query.rankedPolls.referendumInfoFor(index)).isSome);
  await Promise.all([
    send(api, account('//Org0'), api.tx.rankedPolls.placeDecisionDeposit(index)),
    ...ranked.map((one) => send(api, one, api.tx.rankedCollective.vote(index, true))),
  ]);
}

/** `{ model, version }`: what becomes of the newest poll. */
export async function outcome(api, { model, version }) {
  const index = (await (await finalized(api)).query.rankedPolls.referendumCount()).toNumber() - 1;
  const decided = await until(api, 'the poll is decided', async () => {
    const info = (await (await best(api)).query.rankedPolls.referendumInfoFor(index)).unwrap();
    return info.isOngoing ? undefined : info;
  }, 10 * 60_000);
  check(decided.isApproved, `poll ${index} is approved`);
  const promotion = await until(api, 'the poll is carried out', async () => {
    const found = await (await best(api)).query.models.promotions(model, version);
    return found.isSome && found;
  });
  const by = JSON.stringify(promotion.toHuman());
  check(by.includes('Poll'), `version ${version} is promoted: ${by}`);
}
