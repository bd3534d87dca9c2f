// A fifth validator: registered by vote, keys made where they are used, in the set at a session. Another one leaves.
import { u8aToHex } from '@polkadot/util';
import { account, check, connect, motion, organisations, refused, send, until } from '../lib.mjs';

const propose = (api, change) => motion(api, 'council', organisations([0, 1, 2, 3]), api.tx.consortium.proposeChange(change));

/** `{ validator, organisation, peerId, gateway }` */
export async function register(api, { validator, organisation, peerId, gateway }) {
  const { address } = account(validator);
  const endpoint = { peerId, gateway, tlsKeyHash: null };
  await propose(api, { RegisterValidator: { validator: address, organisation, endpoint } });
  await until(api, 'the registration is enacted', async () => (await api.query.consortium.validators(address)).isSome);
  check(true, `${address} is registered after the delay`);
}

/** `{ validator, node }`: the endpoint of the validator's own node, which keeps the keys. */
export async function keys(api, { validator, node }) {
  const owner = account(validator);
  const own = await connect(node);
  try {
    // Not among the methods that the library names.
    const made = await own._rpcCore.provider.send('author_rotateKeysWithOwner', [u8aToHex(owner.publicKey)]);
    await refused(api, account('//Org4'), api.tx.session.setKeys(made.keys, made.proof), /session\.(InvalidProof|NoAssociatedValidatorId)/);
    await send(api, owner, api.tx.session.setKeys(made.keys, made.proof));
  } finally {
    await own.disconnect();
  }
  const inSet = async () => (await api.query.session.validators()).some((one) => one.eq(owner.address));
  await until(api, 'it is in the set at the second session after', inSet);
  check(true, 'it is a validator of the session');
  const since = (await api.rpc.chain.getHeader()).number.toNumber();
  await until(api, 'it authors a block', async () => {
    const header = await api.derive.chain.getHeader(await api.rpc.chain.getBlockHash());
    return header.number.toNumber() > since && header.author?.eq(owner.address);
  });
  check(true, 'it authors blocks');
}

/** `{ validator }` */
export async function remove(api, { validator }) {
  const { address } = account(validator);
  await propose(api, { RemoveValidator: { validator: address } });
  const state = async () => (await api.query.consortium.validators(address)).toHuman()?.state ?? 'none';
  await until(api, 'the removal is enacted', async () => ['Leaving', 'none'].includes(await state()));
  check(true, 'the removal is enacted after the delay');
  await until(api, 'it has left the set', async () => !(await api.query.session.validators()).some((one) => one.eq(address)));
  check(true, `${address} is no validator any more`);
}
