// Every event and every error of our pallets has words; all storage can be read with what the metadata says, and so can the
// runtime's own views.
import { check } from '../lib.mjs';

const OURS = ['Consortium', 'Models', 'Availability', 'Rounds', 'Attestation', 'Reputation', 'Incentives', 'Artifacts',
  'Evaluation', 'Inference', 'Capabilities'];

export async function words(api) {
  for (const pallet of api.runtimeMetadata.asLatest.pallets) {
    if (!OURS.includes(pallet.name.toString())) continue;
    for (const kind of ['events', 'errors', 'calls']) {
      if (pallet[kind].isNone) continue;
      const { variants } = api.registry.lookup.getSiType(pallet[kind].unwrap().type).def.asVariant;
      const silent = variants.filter(({ docs }) => !docs.join('').trim()).map((variant) => variant.name.toString());
      check(silent.length === 0, `${variants.length} ${kind} of ${pallet.name} have words ${silent.join(', ')}`);
    }
  }
}

export async function storage(api) {
  let read = 0;
  for (const [section, items] of Object.entries(api.query)) {
    if (section === 'substrate') continue;
    for (const [name, item] of Object.entries(items)) {
      const { meta } = item.creator;
      if (meta.type.isPlain) (await item()).toHuman();
      else (await item.entriesPaged({ args: [], pageSize: 20 })).forEach(([key, value]) => [key.toHuman(), value.toHuman()]);
      read += 1;
    }
  }
  check(read > 100, `${read} storage items can be read without custom types`);
}

export async function constants(api) {
  const all = Object.values(api.consts).flatMap((section) => Object.values(section));
  all.forEach((constant) => constant.toHuman());
  check(all.length > 40, `${all.length} constants can be read`);
}
