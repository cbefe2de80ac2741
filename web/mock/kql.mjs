// A small KQL evaluator for the mock server: enough of the language for the pages and their tests.
// The real grammar lives in the server; this one is only ever run against generated events.

/** @typedef {{ok: true, test: (event: Record<string, unknown>) => boolean, fields: string[]} | {ok: false, position: number, length: number, message: string, hint?: string}} Parsed */
/** @typedef {{kind: 'word' | 'quoted' | 'op' | '(' | ')' | 'end', text: string, at: number}} Token */

/** @param {string} query @returns {Token[]} */
function tokens(query) {
  /** @type {Token[]} */
  const result = [];
  let i = 0;
  let afterOp = false;
  while (i < query.length) {
    const c = query.charAt(i);
    const at = i;
    if (/\s/.test(c)) { i += 1; continue; }
    if (c === '(' || c === ')') { result.push({ kind: c, text: c, at }); i += 1; continue; }
    if (c === ':' || c === '<' || c === '>') {
      i += 1;
      if (c !== ':' && query[i] === '=') i += 1;
      result.push({ kind: 'op', text: query.slice(at, i), at });
      afterOp = true;
      continue;
    }
    if (c === '"') {
      let text = '';
      i += 1;
      while (i < query.length && query[i] !== '"') { if (query[i] === '\\') i += 1; text += query[i] ?? ''; i += 1; }
      if (i >= query.length) throw Object.assign(new Error('引号没有闭合'), { at, length: query.length - at, hint: '在末尾补上 "' });
      i += 1;
      result.push({ kind: 'quoted', text, at });
      afterOp = false;
      continue;
    }
    const stop = afterOp ? /[\s()"]/ : /[\s():<>"]/;
    while (i < query.length && !stop.test(query.charAt(i))) i += 1;
    result.push({ kind: 'word', text: query.slice(at, i), at });
    afterOp = false;
  }
  result.push({ kind: 'end', text: '', at: query.length });
  return result;
}

/** @param {string} pattern @param {unknown} value */
function same(pattern, value) {
  const text = String(value).toLowerCase();
  const wanted = pattern.toLowerCase();
  if (!wanted.includes('*')) return text === wanted;
  return new RegExp(`^${wanted.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replace(/\*/g, '.*')}$`, 's').test(text);
}

/** @param {string} query @returns {Parsed} */
export function parse(query) {
  if (query.trim() === '') return { ok: true, test: () => true, fields: [] };
  /** @type {string[]} */
  const fields = [];
  try {
    const list = tokens(query);
    let i = 0;
    /** @returns {Token} */
    const peek = () => /** @type {Token} */ (list[i]);
    const take = () => { const token = peek(); i += 1; return token; };
    /** @param {string} word */
    const isWord = (word) => peek().kind === 'word' && peek().text.toLowerCase() === word;
    /** @param {string} message @param {Token} token @param {string} [hint] */
    const fail = (message, token, hint) => Object.assign(new Error(message), { at: token.at, length: Math.max(1, token.text.length), hint });
    /** @typedef {(event: Record<string, unknown>) => boolean} Test */
    /** @returns {Test} */
    const or = () => { let left = and(); while (isWord('or')) { take(); const a = left; const b = and(); left = (e) => a(e) || b(e); } return left; };
    /** @returns {Test} */
    const and = () => {
      let left = not();
      while (isWord('and') || (!isWord('or') && peek().kind !== ')' && peek().kind !== 'end')) { if (isWord('and')) take(); const a = left; const b = not(); left = (e) => a(e) && b(e); }
      return left;
    };
    /** @returns {Test} */
    const not = () => { if (isWord('not')) { take(); const a = not(); return (e) => !a(e); } return primary(); };
    /** @param {string} field @returns {Test} */
    const value = (field) => {
      const token = take();
      if (token.kind === '(') {
        /** @type {Test[]} */
        const tests = [];
        for (;;) { tests.push(value(field)); if (isWord('or')) { take(); continue; } break; }
        if (take().kind !== ')') throw fail('缺少右括号', token, '在取值列表后补上 )');
        return (e) => tests.some((test) => test(e));
      }
      if (token.kind !== 'word' && token.kind !== 'quoted') throw fail('冒号后缺少取值', token, `例如 ${field}:*`);
      if (token.kind === 'word' && token.text === '*') return (e) => e[field] !== undefined;
      return (e) => { const have = e[field]; return Array.isArray(have) ? have.some((v) => same(token.text, v)) : have !== undefined && same(token.text, have); };
    };
    /** @returns {Test} */
    const primary = () => {
      const token = take();
      if (token.kind === '(') { const inner = or(); if (peek().kind !== ')') throw fail('缺少右括号', peek(), '补上 )'); take(); return inner; }
      if (token.kind === 'op') throw fail('运算符前缺少字段名', token, '例如 source.ip:10.1.*');
      if (token.kind === ')') throw fail('多余的右括号', token);
      if (token.kind === 'end') throw fail('语句不完整', token, '补上一个条件');
      if (token.kind === 'word' && peek().kind === 'op') {
        const op = take().text;
        fields.push(token.text);
        if (op === ':') return value(token.text);
        const bound = take();
        if (bound.kind !== 'word' && bound.kind !== 'quoted') throw fail('比较符后缺少取值', bound);
        const n = Number(bound.text);
        return (e) => { const have = Number(e[token.text]); return e[token.text] !== undefined && (op === '<' ? have < n : op === '<=' ? have <= n : op === '>' ? have > n : have >= n); };
      }
      const wanted = token.text.toLowerCase().replace(/\*/g, '');
      return (e) => String(e['event.original']).toLowerCase().includes(wanted);
    };
    const test = or();
    if (peek().kind !== 'end') throw fail('无法理解此处', peek());
    return { ok: true, test, fields };
  } catch (error) {
    const e = /** @type {Error & {at?: number, length?: number, hint?: string}} */ (error);
    return { ok: false, position: [...query.slice(0, e.at ?? 0)].length, length: e.length ?? 1, message: e.message, ...(e.hint ? { hint: e.hint } : {}) };
  }
}
