// Two thirds shorten the waits that a live chain has in days, each down to its floor.
import { check, motion, organisations, refused, account } from '../lib.mjs';

export const quick = { changeDelay: 30 };

export async function parameters(api) {
  const set = (key, value) => api.tx.parameters.setParameter({ Protocol: { [key]: [null, value] } });
  await refused(api, account('//Org0'), set('ChangeDelay', quick.changeDelay), /BadOrigin/);
  await motion(api, 'council', organisations([0, 1, 2, 3]), set('ChangeDelay', quick.changeDelay));
  const stored = await api.query.parameters.parameters.entries();
  check(JSON.stringify(stored.map(([, value]) => value.toHuman())).includes(`${quick.changeDelay}`), 'the delay of changes is a minute');
}
