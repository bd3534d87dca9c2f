// Three of five organisations try to take the chain: they suspend the other two, and then count as two thirds of what is left.
// They do not: thresholds count all admitted organisations.
import { account, asRoot, check, expectThrow, motion, organisations, until } from '../lib.mjs';

export async function capture(api) {
  const three = organisations([0, 1, 2]);
  const both = (call) => Promise.all([3, 4].map((Organisation) => motion(api, 'council', three, call({ Organisation }))));
  await both(api.tx.consortium.suspend);
  const have = (votes) => until(api, `${votes} have votes`, async () => (await api.query.council.members()).length === votes);
  check(await have(3), 'two are suspended, three have votes');
  const attempts = {
    'seats of the technical committee': api.tx.consortium.proposeChange({ SetTechnicalSeats: { seats: [0] } }),
    'removal of the suspended': api.tx.consortium.proposeChange({ Remove: { organisation: 4 } }),
    'a parameter': api.tx.parameters.setParameter({ Protocol: { ChangeDelay: [null, 0] } }),
    'another code': api.tx.system.authorizeUpgrade('0x' + '00'.repeat(32)),
    'members without the consortium': api.tx.membership.resetMembers([account('//Org0').address]),
    'technical members without the consortium': api.tx.technicalMembership.addMember(account('//Eve').address),
  };
  const attempt = async ([what, call]) => {
    await expectThrow(() => motion(api, 'council', three, call), /BadOrigin|CallFiltered|TooFewAyes/);
    check(true, `${what}: refused`);
  };
  const root = expectThrow(() => asRoot(api, api.tx.system.remarkWithEvent('0x00'), three), /BadOrigin/);
  await Promise.all([...Object.entries(attempts).map(attempt), root]);
  // A majority lifts what a majority did.
  await both(api.tx.consortium.reinstate);
  check(await have(5), 'all five have votes again');
  await asRoot(api, api.tx.system.remarkWithEvent('0x01'));
  check(true, 'with four of five root is reached');
}
