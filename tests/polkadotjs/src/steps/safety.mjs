// The technical committee stops the chain's ordinary calls, pauses one, and lets go; the treasury pays by vote.
import { account, check, motion, organisations, refused, send, until } from '../lib.mjs';

export async function safety(api) {
  const technical = organisations([0, 1]);
  const transfer = api.tx.balances.transferKeepAlive(account('//Eve').address, 1_000_000_000_000n);
  await motion(api, 'technicalCommittee', technical, api.tx.safeMode.forceEnter());
  await refused(api, account('//Org0'), transfer, /CallFiltered/);
  await motion(api, 'technicalCommittee', technical, api.tx.safeMode.forceExit());
  await send(api, account('//Org0'), transfer);
  check(true, 'safe mode stopped transfers, and ended');
  const name = ['Balances', 'transfer_keep_alive'];
  await motion(api, 'technicalCommittee', technical, api.tx.txPause.pause(name));
  await refused(api, account('//Org0'), transfer, /CallFiltered/);
  await motion(api, 'technicalCommittee', technical, api.tx.txPause.unpause(name));
  await send(api, account('//Org0'), transfer);
  check(true, 'one call was paused, and goes on');
}
