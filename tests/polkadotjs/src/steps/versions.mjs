// The council promotes a version, revokes it, and the model goes back to the version before; two thirds undo it.
import { account, check, close, decide, organisations, refused, until } from '../lib.mjs';

const majority = organisations([0, 1, 2]);
/** Waits until a model has this head. */
const hasHead = (api, model, version) => until(api, `version ${version} is the head`, async () => {
  const { head } = (await api.call.modelsApi.model(model)).unwrap().toHuman();
  return Number(head) === version;
});

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
  const promoted = await until(api, 'the promotion is stored', async () => {
    const stored = JSON.stringify((await api.query.models.promotions(model, version)).toHuman());
    return stored.includes('"ayes":"3"') && stored;
  });
  check(promoted, `promoted: ${promoted}`);

  await carry(revoke);
  const revoked = JSON.stringify([version]);
  const isRevoked = async () => JSON.stringify(await api.query.models.revoked(model)) === revoked;
  check(await until(api, 'the version is revoked', isRevoked), `revoked: ${revoked}`);
  check(await hasHead(api, model, version - 1), `the head is version ${version - 1} again`);
  await refused(api, account('//Org0'), api.tx.models.unrevoke(model, version), /BadOrigin/);
  await carry(unrevoke);
  check(await hasHead(api, model, version), 'two thirds have undone it');
}
