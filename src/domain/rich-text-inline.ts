/** What stands inside a line of a notice's text: words, strong, emphasis, links, facts, references. Read and written here. */

export type Inline =
  | { kind: 'text'; text: string }
  | { kind: 'strong'; children: Inline[] }
  | { kind: 'emphasis'; children: Inline[] }
  /** `to` is an address, or the name of the fact that holds it. */
  | { kind: 'link'; to: { href: string } | { fact: string }; children: Inline[] }
  /** A locked placeholder (law 7): its words come from the registry in notice-facts.ts, never from a translator. */
  | { kind: 'fact'; name: string }
  /** A reference to another section of the same notice: its heading is filled in, so it cannot go stale. */
  | { kind: 'section'; key: string }
  | { kind: 'break' };

/** One thing wrong with a text: where (line, from 1), what, and how to mend it (law 10). */
export type LineError = {
  line: number;
  code: keyof typeof WORDS;
  params: Readonly<Record<string, string | number>>;
  what: string;
  mend: string;
};

/** Staff write notices, and the desk speaks English: what is wrong and how to mend it, beside the rule. */
const WORDS = {
  'too-long': ['The text is longer than {most} characters.', 'Split it into two sections.'],
  'box-in-box': ['A box stands inside a box.', 'End the first box with an empty line.'],
  'box-empty': ['The box is empty.', 'Write its text after the > sign, or remove it.'],
  'table-rule': [
    'The table has no line of dashes below its head.',
    'Write |---|---| there, one group for each column.',
  ],
  'table-cells': [
    'This row has {found} cells, the head has {expected}.',
    'Add or remove bars; a plain bar is written \\|.',
  ],
  'list-deep': ['The list goes deeper than {most} levels, or starts indented.', 'Move the item to the left.'],
  'list-mixed': [
    'Numbers and dashes are mixed in one list.',
    'Use one of them, or put an empty line between two lists.',
  ],
  unclosed: [
    '{sign} opens here and is not closed.',
    'Write {sign} again where it ends, or \\{sign} for the plain sign.',
  ],
  empty: ['{sign} encloses nothing.', 'Remove the signs, or write the words between them.'],
  nested: [
    '{sign} stands inside {outer}.',
    'Close {outer} first. Strong words may hold emphasised ones, not the other way round.',
  ],
  'fact-name': [
    '{name} is not the name of a fact.',
    'Write a name such as action.reference in the braces, or \\{ for a plain brace.',
  ],
  'link-address': [
    'The link has no address that can be used: {address}',
    'Write [words](https://…), [words](mailto:…), [words](tel:…) or a fact in braces as the address.',
  ],
} as const;

/** Makes a {@link LineError}. */
export function refuseLine(line: number, code: LineError['code'], params: LineError['params'] = {}): LineError {
  const [what, mend] = WORDS[code];
  const fill = (text: string) => text.replace(/\{(\w+)\}/g, (_, name: string) => String(params[name] ?? ''));
  return { line, code, params, what: fill(what), mend: fill(mend) };
}

const NAME = /^[a-z][a-z0-9]*(?:[.-][a-z0-9]+)*$/;
const ADDRESS = /^(?:https:\/\/|mailto:|tel:)[^\s()<>"'`\\{}|]{1,2000}$/;

/** Whether an address may stand in a link: https, mailto and tel, nothing that runs or reads. */
export function isSafeAddress(address: string): boolean {
  return ADDRESS.test(address);
}

type Token = { kind: 'char' | 'sign' | 'break'; text: string; line: number };

/** Reads the lines of one paragraph, item or cell. Line ends are blanks, runs of blanks are one, both ends are trimmed. */
export function parseInlines(lines: { text: string; number: number }[], errors: LineError[]): Inline[] {
  const reader = { tokens: tokensOf(lines), at: 0 };
  const children = readUntil(reader, errors, []);
  return trimEnds(children);
}

/** Escapes are settled first, so that everything after sees only plain signs and signs that mean something. */
function tokensOf(lines: { text: string; number: number }[]): Token[] {
  const tokens: Token[] = [];
  lines.forEach(({ text, number }, index) => {
    const last = index === lines.length - 1;
    const body = text.trim();
    for (let at = 0; at < body.length; at += 1) {
      const sign = body[at] ?? '';
      const next = body[at + 1];
      if (sign === '\\' && next !== undefined && /[!-/:-@[-`{-~]/.test(next)) {
        tokens.push({ kind: 'char', text: next, line: number });
        at += 1;
      } else if (sign === '\\' && next === undefined && !last) tokens.push({ kind: 'break', text: '', line: number });
      else if (sign === '*' && isBlankAt(body, at - 1) && isBlankAt(body, at + 1)) {
        // "5 * 3": a star with blanks on both sides is a star.
        tokens.push({ kind: 'char', text: sign, line: number });
      } else if (/[*[\](){}]/.test(sign)) tokens.push({ kind: 'sign', text: sign, line: number });
      else tokens.push({ kind: 'char', text: sign, line: number });
    }
    if (!last && tokens.at(-1)?.kind !== 'break') tokens.push({ kind: 'char', text: ' ', line: number });
  });
  return tokens;
}

function isBlankAt(text: string, at: number): boolean {
  return text[at] === undefined || text[at] === ' ';
}

type Reader = { tokens: Token[]; at: number };
type Opener = '**' | '*' | '[';

function isSign(reader: Reader, offset: number, sign: string): boolean {
  const token = reader.tokens[reader.at + offset];
  return token?.kind === 'sign' && token.text === sign;
}

function readUntil(reader: Reader, errors: LineError[], open: Opener[]): Inline[] {
  const out: Inline[] = [];
  const closer = open.at(-1);
  while (reader.at < reader.tokens.length) {
    const token = reader.tokens[reader.at];
    if (token === undefined) break;
    const two = isSign(reader, 0, '*') && isSign(reader, 1, '*');
    if (closer === '**' && two) return out;
    if (closer === '*' && isSign(reader, 0, '*')) {
      // "*a **b** c*" means strong inside emphasis, which there is not; read as two emphases it would say something else.
      if (two && reader.tokens[reader.at - 1]?.text === ' ') {
        errors.push(refuseLine(token.line, 'nested', { sign: '**', outer: '*' }));
      }
      return out;
    }
    if (closer === '[' && isSign(reader, 0, ']')) return out;
    if (token.kind === 'break') {
      reader.at += 1;
      out.push({ kind: 'break' });
    } else if (token.kind === 'sign' && token.text === '*') readMarked(reader, errors, open, two ? '**' : '*', out);
    else if (token.kind === 'sign' && token.text === '[') readLink(reader, errors, open, out);
    else if (token.kind === 'sign' && token.text === '{') readFact(reader, errors, out);
    else {
      reader.at += 1;
      addText(out, token.text);
    }
  }
  return out;
}

function addText(out: Inline[], text: string): void {
  const last = out.at(-1);
  if (last?.kind === 'text') {
    if (!(text === ' ' && last.text.endsWith(' '))) last.text += text;
  } else out.push({ kind: 'text', text });
}

function readMarked(reader: Reader, errors: LineError[], open: Opener[], sign: '**' | '*', out: Inline[]): void {
  const line = reader.tokens[reader.at]?.line ?? 1;
  reader.at += sign.length;
  // Each sign opens at most once, so hostile nesting cannot grow the stack.
  if (open.includes(sign) || open.includes('*')) {
    errors.push(refuseLine(line, 'nested', { sign, outer: open.at(-1) ?? sign }));
    return;
  }
  const children = readUntil(reader, errors, [...open, sign]);
  if (!isSign(reader, 0, '*')) {
    errors.push(refuseLine(line, 'unclosed', { sign }));
    return;
  }
  reader.at += sign.length;
  if (isBlank(children)) errors.push(refuseLine(line, 'empty', { sign }));
  else out.push({ kind: sign === '**' ? 'strong' : 'emphasis', children });
}

function isBlank(children: Inline[]): boolean {
  return children.every((child) => child.kind === 'break' || (child.kind === 'text' && child.text.trim() === ''));
}

function readLink(reader: Reader, errors: LineError[], open: Opener[], out: Inline[]): void {
  const line = reader.tokens[reader.at]?.line ?? 1;
  reader.at += 1;
  if (open.includes('[')) {
    errors.push(refuseLine(line, 'nested', { sign: '[', outer: '[' }));
    return;
  }
  const children = readUntil(reader, errors, [...open, '[']);
  if (!isSign(reader, 0, ']')) {
    errors.push(refuseLine(line, 'unclosed', { sign: '[' }));
    return;
  }
  reader.at += 1;
  const address = isSign(reader, 0, '(') ? takeTo(reader, ')') : '';
  if (isBlank(children)) errors.push(refuseLine(line, 'empty', { sign: '[ ]' }));
  const fact = /^\{(.*)\}$/.exec(address)?.[1];
  if (fact !== undefined && NAME.test(fact)) out.push({ kind: 'link', to: { fact }, children });
  else if (isSafeAddress(address)) out.push({ kind: 'link', to: { href: address }, children });
  else errors.push(refuseLine(line, 'link-address', { address: address.slice(0, 100) }));
}

function readFact(reader: Reader, errors: LineError[], out: Inline[]): void {
  const line = reader.tokens[reader.at]?.line ?? 1;
  const name = takeTo(reader, '}');
  if (name.startsWith('@') && NAME.test(name.slice(1))) out.push({ kind: 'section', key: name.slice(1) });
  else if (NAME.test(name)) out.push({ kind: 'fact', name });
  else errors.push(refuseLine(line, 'fact-name', { name: `{${name.slice(0, 60)}}` }));
}

/** The text from the sign at hand to `end`; to the end of the line when there is none. */
function takeTo(reader: Reader, end: string): string {
  reader.at += 1;
  let text = '';
  while (reader.at < reader.tokens.length && !isSign(reader, 0, end)) {
    text += reader.tokens[reader.at]?.text ?? '';
    reader.at += 1;
  }
  reader.at += 1;
  return text.trim();
}

function trimEnds(children: Inline[]): Inline[] {
  const out = [...children];
  const first = out[0];
  if (first?.kind === 'text') out[0] = { kind: 'text', text: first.text.replace(/^ +/, '') };
  const last = out.at(-1);
  if (last?.kind === 'text') out[out.length - 1] = { kind: 'text', text: last.text.replace(/ +$/, '') };
  return out.filter((child) => child.kind !== 'text' || child.text !== '');
}
