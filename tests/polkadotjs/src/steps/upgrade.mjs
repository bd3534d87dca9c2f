// The chain gets another code by vote, and a migration of several blocks after it.
import { readFile } from 'node:fs/promises';
import { blake2AsHex } from '@polkadot/util-crypto';
import { u8aToHex } from '@polkadot/util';
import { account, asRoot, check, typesOf, until } from '../lib.mjs';

/** `{ wasm }`: the file of the new code, compressed as nodes expect it. */
export async function authorise(api, { wasm }) {
  const code = await readFile(wasm);
  await asRoot(api, api.tx.system.authorizeUpgrade(blake2AsHex(code)));
  check((await api.query.system.authorizedUpgrade()).isSome, 'two thirds have authorised the new code');
}

/** `{ wasm }`: the same file. */
export async function apply(api, { wasm }) {
  const code = await readFile(wasm);
  const before = api.runtimeVersion.specVersion.toNumber();
  // Whoever has the bytes may bring them. The block that has them may be replaced by another while nodes compile: what counts is
  // the version that runs.
  await api.tx.system.applyAuthorizedUpgrade(u8aToHex(code)).signAndSend(account('//Org4'), { nonce: -1 });
  const version = async () => (await api.rpc.state.getRuntimeVersion()).specVersion.toNumber();
  await until(api, 'the new code runs', async () => (await version()) > before);
  // Asked before the API has the new version's types, it decodes answers by the old ones.
  await typesOf(api, await version());
  let blocks = 0;
  await until(api, 'the migration has ended', async () => {
    if ((await api.query.multiBlockMigrations.cursor()).isSome) { blocks += 1; return false; }
    return (await api.query.multiBlockMigrations.historic.entries()).length > 0;
  });
  check(blocks > 1, `version ${await version()} runs; its migration took ${blocks} blocks or more`);
}
