// What the pages need of the query language: reading where the caret stands, for completion, and writing conditions.
// The server's parser is the judge of a query; this one only helps to type.

export type TokenKind = 'field' | 'operator' | 'value' | 'word' | 'keyword' | 'paren' | 'space';
export interface KqlToken { kind: TokenKind; text: string; start: number; end: number }

const keywords = new Set(['and', 'or', 'not']);

export function tokenize(query: string): KqlToken[] {
  const tokens: KqlToken[] = [];
  let i = 0;
  const push = (kind: TokenKind, start: number, end: number): void => { tokens.push({ kind, text: query.slice(start, end), start, end }); };
  let afterOperator = false;
  let depthOfValues = 0;
  while (i < query.length) {
    const start = i;
    const c = query[i]!;
    if (/\s/.test(c)) {
      while (i < query.length && /\s/.test(query[i]!)) i += 1;
      push('space', start, i);
      continue;
    }
    if (c === '(' || c === ')') {
      i += 1;
      if (c === '(' && afterOperator) depthOfValues += 1;
      if (c === ')' && depthOfValues > 0) depthOfValues -= 1;
      afterOperator = depthOfValues > 0;
      push('paren', start, i);
      continue;
    }
    if (c === ':' || c === '<' || c === '>') {
      i += 1;
      if (c !== ':' && query[i] === '=') i += 1;
      push('operator', start, i);
      afterOperator = true;
      continue;
    }
    if (c === '"') {
      i += 1;
      while (i < query.length && query[i] !== '"') i += query[i] === '\\' ? 2 : 1;
      i = Math.min(i + 1, query.length);
    } else {
      while (i < query.length && !/[\s():<>"]/.test(query[i]!)) i += query[i] === '\\' ? 2 : 1;
      // A value may hold colons (IPv6, times); a field may not.
      if (afterOperator) while (i < query.length && !/[\s()"]/.test(query[i]!)) i += query[i] === '\\' ? 2 : 1;
      i = Math.min(i, query.length);
    }
    const text = query.slice(start, i);
    const rest = query.slice(i);
    if (afterOperator) {
      push(keywords.has(text.toLowerCase()) && depthOfValues > 0 ? 'keyword' : 'value', start, i);
      if (depthOfValues === 0) afterOperator = false;
    } else if (keywords.has(text.toLowerCase())) {
      push('keyword', start, i);
    } else if (/^\s*(:|<|>)/.test(rest)) {
      push('field', start, i);
    } else {
      push('word', start, i);
    }
  }
  return tokens;
}

/** What to offer at the caret, and the part of the query that a choice replaces. */
export interface Completion { kind: 'field' | 'value' | 'operator' | 'keyword'; field?: string; prefix: string; start: number; end: number }

export function completionAt(query: string, caret: number): Completion {
  const before = tokenize(query.slice(0, caret));
  const last = before[before.length - 1];
  const words = before.filter((token) => token.kind !== 'space');
  const lastWord = words[words.length - 1];
  const spaced = last?.kind === 'space';
  if (lastWord?.kind === 'operator') {
    return { kind: 'value', field: fieldBefore(words, words.length - 1), prefix: '', start: caret, end: caret };
  }
  if (lastWord && !spaced && lastWord.kind === 'value') {
    return { kind: 'value', field: fieldBefore(words, words.length - 1), prefix: lastWord.text.replace(/^"/, ''), start: lastWord.start, end: caret };
  }
  if (lastWord && !spaced && (lastWord.kind === 'word' || lastWord.kind === 'field' || lastWord.kind === 'keyword')) {
    return { kind: 'field', prefix: lastWord.text, start: lastWord.start, end: caret };
  }
  if (lastWord && spaced && (lastWord.kind === 'value' || (lastWord.kind === 'paren' && lastWord.text === ')'))) {
    return { kind: 'keyword', prefix: '', start: caret, end: caret };
  }
  return { kind: 'field', prefix: '', start: caret, end: caret };
}

function fieldBefore(words: KqlToken[], from: number): string | undefined {
  for (let i = from; i >= 0; i -= 1) if (words[i]!.kind === 'field') return words[i]!.text;
  return undefined;
}

/** A value as KQL takes it: bare where it can be, quoted and escaped where it must. */
export function quote(value: string): string {
  // What begins with @ and looks like a name would be a resource.
  if (value !== '' && !/^@[a-z][a-z0-9_-]*$/.test(value) && /^[\p{L}\p{N}_./@-]+$/u.test(value) && !keywords.has(value.toLowerCase())) return value;
  return `"${value.replace(/\\/g, '\\\\').replace(/"/g, '\\"')}"`;
}

export function condition(field: string, value: string): string { return `${field}:${quote(value)}`; }

/** Adds a condition to a query, or takes it out when it is there already. */
export function withCondition(query: string, field: string, value: string, exclude: boolean): string {
  const wanted = exclude ? `not ${condition(field, value)}` : condition(field, value);
  const base = query.trim();
  if (base === '') return wanted;
  const terms = base.split(/\s+and\s+/i);
  if (!/[()"]|\sor\s/i.test(base) && terms.includes(wanted)) return terms.filter((term) => term !== wanted).join(' and ');
  return /\sor\s/i.test(base) ? `(${base}) and ${wanted}` : `${base} and ${wanted}`;
}

/** The query with one more condition, for drilling down; an empty value means that the field is absent. */
export function narrowed(query: string, field: string, value: string): string {
  const wanted = value === '' ? `not ${field}:*` : condition(field, value);
  const base = query.trim();
  if (base === '') return wanted;
  return /\sor\s/i.test(base) ? `(${base}) and ${wanted}` : `${base} and ${wanted}`;
}

/** Literal values a query asks for, so that they can be marked in raw lines. Wildcards end a literal. */
export function literals(query: string): string[] {
  const found = new Set<string>();
  const tokens = tokenize(query).filter((token) => token.kind !== 'space');
  tokens.forEach((token, i) => {
    if (token.kind !== 'value' && token.kind !== 'word') return;
    const previous = tokens[i - 1];
    if (previous?.kind === 'operator' && previous.text !== ':') return;
    const plain = token.text.startsWith('"') ? token.text.slice(1).replace(/"$/, '').replace(/\\(.)/g, '$1') : token.text;
    for (const part of plain.split('*')) if (part.length >= 2) found.add(part);
  });
  return [...found];
}
