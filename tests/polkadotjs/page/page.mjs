// Shows the council's open motions and votes for one, in a browser.
import { ApiPromise, Keyring, WsProvider } from '@polkadot/api';
import { cryptoWaitReady } from '@polkadot/util-crypto';

const show = (id, text) => { document.getElementById(id).innerText = text; };
await cryptoWaitReady();
const api = await ApiPromise.create({ provider: new WsProvider(new URLSearchParams(location.search).get('node')), noInitWarn: true });
show('chain', (await api.rpc.system.chain()).toString());
api.rpc.chain.subscribeNewHeads((header) => show('block', header.number.toString()));

async function vote(hash, index) {
  show('said', 'voting');
  const key = new Keyring({ type: 'sr25519' }).addFromUri(document.getElementById('key').value);
  // The library remembers what it asks by itself until the next block: the account may vote elsewhere, too.
  const nonce = await api._rpcCore.provider.send('system_accountNextIndex', [key.address]);
  await api.tx.council.vote(hash, index, true).signAndSend(key, { nonce }, ({ status, dispatchError, isError }) => {
    if (isError) show('said', `failed: ${status.type}`);
    if (!status.isInBlock) return;
    const name = dispatchError?.isModule ? api.registry.findMetaError(dispatchError.asModule).name : dispatchError?.type;
    show('said', name ? `failed: ${name}` : `aye of ${key.address} is in block ${status.asInBlock.toHex()}`);
  });
}

for (const hash of await api.query.council.proposals()) {
  const [proposal, votes] = await Promise.all([api.query.council.proposalOf(hash), api.query.council.voting(hash)]);
  // It may have been closed just now.
  if (proposal.isNone || votes.isNone) continue;
  const call = proposal.unwrap();
  const { index, ayes, threshold } = votes.unwrap();
  const row = document.getElementById('motions').insertRow();
  row.dataset.motion = hash.toHex();
  row.insertCell().innerText = `${call.section}.${call.method}`;
  row.insertCell().innerHTML = '<code></code>';
  row.querySelector('code').innerText = JSON.stringify(call.toHuman().args);
  row.insertCell().innerText = `${ayes.length} of ${threshold}`;
  const button = document.createElement('button');
  button.innerText = 'Aye';
  button.onclick = () => vote(hash, index).catch((error) => show('said', `failed: ${error.message}`));
  row.insertCell().append(button);
}
