// An organisation's account that several people share: two of three are needed to take it over, to vote, and to give it back.
import { createKeyMulti, encodeAddress, sortAddresses } from '@polkadot/util-crypto';
import { account, check, close, expectThrow, indexOf, organisations, propose, Refused, send, vote, words } from '../lib.mjs';

const PEOPLE = ['//Ann', '//Ben', '//Cem'].map(account);
const ORGANISATION = 4;

/** Each of `signers` asks for `call` from the shared account; it is carried out with the last one that is needed. */
async function together(api, signers, call) {
  const weight = (await api.call.transactionPaymentCallApi.queryCallInfo(call.method, call.method.encodedLength)).weight;
  const shared = encodeAddress(createKeyMulti(PEOPLE.map((one) => one.address), 2), 42);
  for (const signer of signers) {
    const others = sortAddresses(PEOPLE.filter((one) => one !== signer).map((one) => one.address), 42);
    const open = await api.query.multisig.multisigs(shared, call.method.hash);
    const timepoint = open.isSome ? open.unwrap().when : null;
    const { events } = await send(api, signer, api.tx.multisig.asMulti(2, others, timepoint, call.method, weight));
    const executed = events.find((event) => api.events.multisig.MultisigExecuted.is(event));
    if (executed?.data.result.isErr) throw new Refused(words(api, executed.data.result.asErr));
  }
}

export async function multisig(api) {
  const [ann, ben] = PEOPLE;
  const own = organisations([ORGANISATION])[0];
  const shared = encodeAddress(createKeyMulti(PEOPLE.map((one) => one.address), 2), 42);
  const tokens = (n) => BigInt(n) * 10n ** 12n;
  const all = [shared, ...PEOPLE.map((one) => one.address)];
  const call = api.tx.consortium.proposeChange({ SetQuota: { organisation: 3, quota: 55 } });
  const [motion] = await Promise.all([
    propose(api, 'council', account('//Org0'), 4, call),
    send(api, own, api.tx.consortium.rotateAccount(shared)),
    ...all.map((address) => send(api, account('//Org0'), api.tx.balances.transferKeepAlive(address, tokens(100)))),
  ]);
  await together(api, [ann, ben], api.tx.consortium.acceptAccount(ORGANISATION));
  const speaks = async () => (await api.query.consortium.organisations(ORGANISATION)).unwrap().account.toString();
  check((await speaks()) === shared, 'the shared account speaks for the organisation');

  const aye = api.tx.council.vote(motion.hash, await indexOf(api, motion), true);
  await together(api, [ann], aye);
  const ayes = async () => (await api.query.council.voting(motion.hash)).unwrap().ayes.map((one) => one.toString());
  check(!(await ayes()).includes(shared), 'one person alone has not voted');
  await together(api, [ben], aye);
  check((await ayes()).includes(shared), 'two have');
  await expectThrow(() => send(api, own, aye), /council\.NotMember/);
  const carried = vote(api, motion, organisations([0, 1, 2])).then(() => close(api, account('//Org0'), motion));
  await Promise.all([carried, together(api, [ben, ann], api.tx.consortium.rotateAccount(own.address))]);
  check(true, 'the motion is carried with the vote of the shared account');
  await send(api, own, api.tx.consortium.acceptAccount(ORGANISATION));
  check((await speaks()) === own.address, 'they have given it back');
}
