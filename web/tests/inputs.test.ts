import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fieldText, kindText } from '@/lib/i18n/inputs';

/** The kinds and fields as the server's sources name them. */
function named(folder: string): { kind: string; fields: string[] }[] {
  const found: { kind: string; fields: string[] }[] = [];
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) { found.push(...named(path)); continue; }
    if (!/kinds?\.cpp$/.test(name)) continue;
    const text = readFileSync(path, 'utf8');
    const tables = new Map([...text.matchAll(/InputField (k\w+)\[\] = \{([\s\S]*?)\n\};/g)].map((m) => [m[1]!, [...m[2]!.matchAll(/\.name = "(\w+)"/g)].map((f) => f[1]!)]));
    for (const m of text.matchAll(/InputKind k\w+\{"(\w+)", (k\w+)/g)) found.push({ kind: m[1]!, fields: tables.get(m[2]!) ?? [] });
  }
  return found;
}

test('every kind and field of the server is called something in both languages', () => {
  const kinds = named(join(__dirname, '../../libs/collect/src'));
  expect(kinds.length).toBeGreaterThanOrEqual(9);
  for (const { kind, fields } of kinds) {
    expect(fields.length, kind).toBeGreaterThan(0);
    expect(kindText(kind, 'zh').name, kind).not.toBe(kind);
    for (const field of fields) for (const language of ['zh', 'en'] as const) expect(fieldText(kind, field, language).name, `${kind}.${field}`).not.toBe(field);
  }
});
