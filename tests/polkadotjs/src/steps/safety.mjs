// The technical committee stops the chain's ordinary calls, pauses one, and lets go. All is decided first and carried out when it is due.
import { account, check, close, decide, organisations, refused, send } from '../lib.mjs';

export async function safety(api) {
  const technical = organisations([0, 1]);
  const name = ['Balances', 'transfer_keep_alive'];
  const calls = [api.tx.safeMode.forceEnter(), api.tx.safeMode.forceExit(), api.tx.txPause.pause(name), api.tx.txPause.unpause(name)];
  const motions = calls.map((call) => decide(api, 'technicalCommittee', technical, call));
  const [enter, exit, pause, unpause] = await Promise.all(motions);
  const carry = (motion) => close(api, technical[1], motion);
  const transfer = api.tx.balances.transferKeepAlive(account('//Eve').address, 1_000_000_000_000n);
  await carry(enter);
  await refused(api, account('//Org0'), transfer, /CallFiltered/);
  await carry(exit);
  await send(api, account('//Org0'), transfer);
  check(true, 'safe mode stopped transfers, and ended');
  await carry(pause);
  await refused(api, account('//Org0'), transfer, /CallFiltered/);
  await carry(unpause);
  await send(api, account('//Org0'), transfer);
  check(true, 'one call was paused, and goes on');
}
