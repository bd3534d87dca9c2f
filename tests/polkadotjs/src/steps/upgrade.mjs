// The chain gets another code by vote, and a migration of several blocks after it.
import { readFile } from 'node:fs/promises';
import { blake2AsHex } from '@polkadot/util-crypto';
import { u8aToHex } from '@polkadot/util';
import { account, asRoot, check, finalized, send, typesOf, until } from '../lib.mjs';

/** `{ wasm }`: the file of the new code, compressed as nodes expect it. */
export async function authorise(api, { wasm }) {
  const code = await readFile(wasm);
  await asRoot(api, api.tx.system.authorizeUpgrade(blake2AsHex(code)));
  const isAuthorised = async () => (await (await finalized(api)).query.system.authorizedUpgrade()).isSome;
  check(await until(api, 'the new code is authorised', isAuthorised), 'two thirds have authorised the new code');
}

/** How many blocks from `hash` down to the height `lowest` leave a migration under way; a node that imports several shows the last. */
async function migrating(api, hash, lowest) {
  let blocks = 0;
  for (let at = hash; ;) {
    const { number, parentHash } = await api.rpc.chain.getHeader(at);
    const isUnderWay = (await (await api.at(at)).query.multiBlockMigrations.cursor()).isSome;
    if (number.toNumber() <= lowest || (blocks > 0 && !isUnderWay)) return blocks;
    if (isUnderWay) blocks += 1;
    at = parentHash;
  }
}

/** `{ wasm }`: the same file. */
export async function apply(api, { wasm }) {
  const code = await readFile(wasm);
  const before = api.runtimeVersion.specVersion.toNumber();
  const lowest = (await api.rpc.chain.getHeader()).number.toNumber();
  // Whoever has the bytes may bring them. The block that has them may be replaced by another while nodes compile: that they are in
  // one proves nothing yet, what counts is the version that runs.
  await send(api, account('//Org4'), api.tx.system.applyAuthorizedUpgrade(u8aToHex(code)));
  const version = await until(api, 'the new code runs', async () => {
    const runs = (await api.rpc.state.getRuntimeVersion()).specVersion.toNumber();
    return runs > before && runs;
  });
  // Asked before the API has the new version's types, it decodes answers by the old ones.
  await typesOf(api, version);
  const { blocks } = await until(api, 'the migration has ended', async () => {
    const hash = await api.rpc.chain.getBlockHash();
    const { cursor, historic } = (await api.at(hash)).query.multiBlockMigrations;
    if ((await cursor()).isSome || (await historic.entries()).length === 0) return undefined;
    return { blocks: await migrating(api, hash, lowest) };
  });
  check(blocks > 1, `version ${version} runs; its migration took ${blocks} blocks or more`);
}
