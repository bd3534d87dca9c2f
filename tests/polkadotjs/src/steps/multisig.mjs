// An organisation's account that several people share: two of three are needed to take it over, to vote, and to give it back.
import { createKeyMulti, encodeAddress, sortAddresses } from '@polkadot/util-crypto';
import { account, check, close, expectThrow, finalIndexOf, finalized, organisations, propose, Refused, send, until, vote, words } from '../lib.mjs';

const PEOPLE = ['//Ann', '//Ben', '//Cem'].map(account);
const SHARED = encodeAddress(createKeyMulti(PEOPLE.map((one) => one.address), 2), 42);
const ORGANISATION = 4;

/** One of the people asks for `call` from the shared account; the second, who tells when the first did, carries it out. */
async function ask(api, signer, call, timepoint) {
  const weight = (await api.call.transactionPaymentCallApi.queryCallInfo(call.method, call.method.encodedLength)).weight;
  const others = sortAddresses(PEOPLE.filter((one) => one !== signer).map((one) => one.address), 42);
  const { events } = await send(api, signer, api.tx.multisig.asMulti(2, others, timepoint, call.method, weight));
  const executed = events.find((event) => api.events.multisig.MultisigExecuted.is(event));
  if (executed?.data.result.isErr) throw new Refused(words(api, executed.data.result.asErr));
}

/** When the first asked for `call`, once that is final: another fork has it at another height. */
async function asked(api, call) {
  const open = async () => (await (await finalized(api)).query.multisig.multisigs(SHARED, call.method.hash)).unwrapOr(undefined);
  return (await until(api, 'the first has asked', open)).when;
}

/** Two of the people ask for `call`, one after the other. */
async function together(api, [first, second], call) {
  await ask(api, first, call, null);
  await ask(api, second, call, await asked(api, call));
}

export async function multisig(api) {
  const [ann, ben] = PEOPLE;
  const own = organisations([ORGANISATION])[0];
  const tokens = (n) => BigInt(n) * 10n ** 12n;
  const all = [SHARED, ...PEOPLE.map((one) => one.address)];
  const call = api.tx.consortium.proposeChange({ SetQuota: { organisation: 3, quota: 55 } });
  const [motion] = await Promise.all([
    propose(api, 'council', account('//Org0'), 4, call),
    send(api, own, api.tx.consortium.rotateAccount(SHARED)),
    ...all.map((address) => send(api, account('//Org0'), api.tx.balances.transferKeepAlive(address, tokens(100)))),
  ]);
  await together(api, [ann, ben], api.tx.consortium.acceptAccount(ORGANISATION));
  const speaks = (address) => until(api, `${address} speaks for the organisation`, async () => (
    (await api.query.consortium.organisations(ORGANISATION)).unwrap().account.eq(address)
  ));
  check(await speaks(SHARED), 'the shared account speaks for the organisation');

  const aye = api.tx.council.vote(motion.hash, await finalIndexOf(api, motion), true);
  const hasVoted = async () => {
    const { ayes } = (await (await finalized(api)).query.council.voting(motion.hash)).unwrap();
    return ayes.some((one) => one.eq(SHARED));
  };
  await ask(api, ann, aye, null);
  const timepoint = await asked(api, aye);
  check(!(await hasVoted()), 'one person alone has not voted');
  await ask(api, ben, aye, timepoint);
  check(await until(api, 'the shared account has voted', hasVoted), 'two have');
  await expectThrow(() => send(api, own, aye), /council\.NotMember/);
  const carried = vote(api, motion, organisations([0, 1, 2])).then(() => close(api, account('//Org0'), motion));
  await Promise.all([carried, together(api, [ben, ann], api.tx.consortium.rotateAccount(own.address))]);
  check(true, 'the motion is carried with the vote of the shared account');
  // In another fork the account would be accepted before it is offered.
  await until(api, 'the account is offered', async () => (await (await finalized(api)).query.consortium.proposals(ORGANISATION)).isSome);
  await send(api, own, api.tx.consortium.acceptAccount(ORGANISATION));
  check(await speaks(own.address), 'they have given it back');
}
