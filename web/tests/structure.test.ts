// @vitest-environment node
// Rules of the house that a reader would otherwise have to remember.
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = new URL('../src/', import.meta.url).pathname;
const files = (readdirSync(root, { recursive: true }) as string[]).filter((f) => /\.(ts|tsx|css)$/.test(f) && !f.includes('.gen.'));
const layer: Record<string, number> = { lib: 0, components: 1, features: 2, app: 3, 'main.tsx': 4 };
const top = (path: string): string => path.split('/')[0]!;

describe('the folders', () => {
  it('lib < components < features < app, and features do not know one another', () => {
    const wrong: string[] = [];
    for (const file of files.filter((f) => !f.endsWith('.css'))) {
      const text = readFileSync(join(root, file), 'utf8');
      for (const [, target] of text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)) {
        const path = target!.startsWith('@/') ? target!.slice(2) : target!.startsWith('.') ? relative(root, join(root, file, '..', target!)) : undefined;
        if (path === undefined || path.startsWith('..')) continue;
        if (layer[top(path)]! > layer[top(file)]!) wrong.push(`${file} uses ${path}`);
        if (top(file) === 'features' && top(path) === 'features' && file.split('/')[1] !== path.split('/')[1]) wrong.push(`${file} uses another feature: ${path}`);
      }
    }
    expect(wrong).toEqual([]);
  });
  it('name colours in the tokens alone', () => {
    const wrong = files.filter((f) => !f.startsWith('lib/theme/')).filter((f) => /#[0-9a-f]{6}\b|#[0-9a-f]{3};/i.test(readFileSync(join(root, f), 'utf8')));
    expect(wrong).toEqual([]);
  });
  it('keep texts in the dictionaries', () => {
    const allowed = new Set(['lib/i18n/zh.ts', 'lib/i18n/inputs.ts', 'lib/time.ts', 'lib/format.ts', 'app/TopBar.tsx', 'app/CommandPalette.tsx', 'features/signin/SignInPage.tsx', 'features/settings/Me.tsx']);
    const wrong = files.filter((f) => !allowed.has(f) && !f.endsWith('.css')).filter((f) => /[\u4e00-\u9fff]{2,}/.test(readFileSync(join(root, f), 'utf8').replace(/\/\/.*$|\/\*[\s\S]*?\*\//gm, '')));
    expect(wrong).toEqual([]);
  });
  it('hold no secret address: the lock file names no registry', () => {
    expect(readFileSync(join(root, '../package-lock.json'), 'utf8')).not.toMatch(/"resolved"/);
  });
});
