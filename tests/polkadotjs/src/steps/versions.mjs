// The council promotes a version, revokes it, and the model goes back to the version before; two thirds undo it.
import { account, check, close, decide, organisations, refused } from '../lib.mjs';

const majority = organisations([0, 1, 2]);
const head = async (api, model) => (await api.call.modelsApi.model(model)).unwrap();

/** `{ model, version }`: a version that is the head. */
export async function versions(api, { model, version }) {
  const [promote, revoke, unrevoke] = await Promise.all([
    decide(api, 'council', majority, api.tx.models.promote(model, version)),
    decide(api, 'council', majority, api.tx.models.revoke(model, version)),
    decide(api, 'council', organisations([0, 1, 2, 3]), api.tx.models.unrevoke(model, version)),
    refused(api, account('//Org3'), api.tx.models.promote(model, version), /BadOrigin|NotAuthorized/),
  ]);
  const carry = (motion) => close(api, majority[1], motion);
  await carry(promote);
  const promoted = await api.query.models.promotions(model, version);
  check(JSON.stringify(promoted.toHuman()).includes('"ayes":"3"'), `promoted: ${JSON.stringify(promoted.toHuman())}`);

  await carry(revoke);
  const rolled = (await head(api, model)).toHuman();
  const revoked = JSON.stringify(await api.query.models.revoked(model));
  check(revoked === JSON.stringify([version]), `revoked: ${revoked}`);
  check(Number(rolled.head) === version - 1, `the head is version ${rolled.head} again`);
  await refused(api, account('//Org0'), api.tx.models.unrevoke(model, version), /BadOrigin/);
  await carry(unrevoke);
  check(Number((await head(api, model)).toHuman().head) === version, 'two thirds have undone it');
}
