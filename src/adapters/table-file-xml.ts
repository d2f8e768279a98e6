/** The little XML that spreadsheets need: machine-made, never with a DTD (whoever reads refuses one). */

/** `x:row` → `row`: some writers give the main namespace a prefix. Relationship attributes keep theirs. */
export function dropPrefixes(xml: string): string {
  return xml.replace(/<(\/?)[A-Za-z_][\w.-]*:(?=[A-Za-z])/g, '<$1');
}

/** Opening tags of an element in a small document. */
export function tagsOf(xml: string, name: string): string[] {
  return xml.match(new RegExp(`<${name}(?=[\\s/>])[^>]*>`, 'g')) ?? [];
}

/** An attribute of a tag as it stands, '' when it is not there. */
export function attribute(tag: string, name: string): string {
  const at = tag.indexOf(` ${name}="`);
  if (at >= 0) return tag.slice(at + name.length + 3, tag.indexOf('"', at + name.length + 3));
  return new RegExp(`\\s${name}\\s*=\\s*(["'])(.*?)\\1`).exec(tag)?.[2] ?? '';
}

const ENTITIES: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

/** XML text without its escapes. */
export function decodeXml(text: string): string {
  let plain = text;
  if (plain.includes('&')) {
    plain = plain.replace(
      /&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(\w+));/gi,
      (whole, hex?: string, decimal?: string, name?: string) => {
        if (name) return ENTITIES[name] ?? whole;
        const code = hex ? Number.parseInt(hex, 16) : Number(decimal);
        return code <= 0x10ffff ? String.fromCodePoint(code) : '\ufffd';
      },
    );
  }
  // OOXML writes characters XML cannot hold as _xHHHH_.
  return plain.includes('_x')
    ? plain.replace(/_x([0-9A-Fa-f]{4})_/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    : plain;
}

/** All texts of an `si` or `is` element, without the phonetic hints (`rPh`) Japanese workbooks carry. */
export function textOf(xml: string): string {
  const body = xml.includes('<rPh') ? xml.replace(/<rPh[\s>].*?<\/rPh>/gs, '') : xml;
  let text = '';
  for (let at = body.indexOf('<t'); at >= 0; at = body.indexOf('<t', at + 2)) {
    const next = body.charCodeAt(at + 2);
    if (next !== 62 && next !== 32 && next !== 10) continue;
    const open = body.indexOf('>', at);
    if (body.charCodeAt(open - 1) === 47) continue;
    const close = body.indexOf('</t>', open);
    if (close < 0) break;
    text += body.slice(open + 1, close);
    at = close;
  }
  if (text.includes('<![CDATA['))
    text = text.replace(/<!\[CDATA\[(.*?)\]\]>/gs, (_, inner: string) => inner.replaceAll('&', '&amp;'));
  return decodeXml(text);
}
