// Two thirds shorten the waits that a live chain has in days, each down to its floor.
import { check, motion, organisations, refused, account, until } from '../lib.mjs';

export const quick = { changeDelay: 30 };
const floors = { prepare: 30, decide: 300, confirm: 30, enact: 30 };
const twoThirds = organisations([0, 1, 2, 3]);

/** The delay of changes. */
export async function parameters(api) {
  const set = (key, value) => api.tx.parameters.setParameter({ Protocol: { [key]: [null, value] } });
  await refused(api, account('//Org0'), set('ChangeDelay', quick.changeDelay), /BadOrigin/);
  await motion(api, 'council', twoThirds, set('ChangeDelay', quick.changeDelay));
  const stored = async () => JSON.stringify((await api.query.parameters.parameters.entries()).map(([, value]) => value.toHuman()));
  const isStored = await until(api, 'the delay is stored', async () => (await stored()).includes(`${quick.changeDelay}`));
  check(isStored, 'the delay of changes is a minute');
}

/** The periods of polls. */
export async function periods(api) {
  await motion(api, 'council', twoThirds, api.tx.parameters.setParameter({ Polls: { Periods: [null, floors] } }));
}

/** How soon contributors earn a rank: a majority lets one round count as much as all before. */
export async function rates(api) {
  const now = await api.query.reputation.currentParameters();
  const quicker = { ...now.toJSON(), scoreRate: 500_000 };
  await motion(api, 'council', organisations([1, 2, 3]), api.tx.reputation.setParameters(quicker));
  const isQuicker = async () => (await api.query.reputation.currentParameters()).toJSON().scoreRate === quicker.scoreRate;
  check(await until(api, 'the rate is stored', isQuicker), 'a score counts as much as the reputation before');
}
