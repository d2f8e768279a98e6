/** What no file may be called on some system, ends a line, or turns the reading of a name around (`exe.fdp` for `pdf.exe`). */
const FORBIDDEN = /[\p{Cc}\p{Bidi_Control}\u2028\u2029\\/:*?"<>|]+/gu;
/** Signs of a name, its end before its start: that tells the kind. Servers in front of us bear only so long a head. */
const LONGEST = 150;

/**
 * The head that names an answer's file (RFC 6266): a plain name for old programs and, where it says less, the real one
 * in UTF-8 (RFC 8187). Any text will do as a name, somebody else's too: it can neither end the head nor leave a folder.
 * @param how `attachment` to be kept as a file, `inline` to be shown
 */
export function contentDisposition(how: 'attachment' | 'inline', name: string): string {
  const safe = [...name.toWellFormed().replace(FORBIDDEN, '_')].slice(-LONGEST).join('');
  const real = trimName(safe);
  const plain = trimName(
    real
      .normalize('NFKD')
      .replace(/\p{M}/gu, '')
      // Once more: some signs, such as the wide quote of Chinese, come apart into forbidden ones.
      .replace(FORBIDDEN, '_')
      // Old programs read %41 as a letter.
      .replace(/[^\x20-\x7e]+|%/g, '_'),
  );
  const head = `${how}; filename="${plain}"`;
  if (plain === real) return head;
  const encoded = encodeURIComponent(real).replace(/['()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`);
  return `${head}; filename*=UTF-8''${encoded}`;
}

/** A name that begins with a dot is hidden, one that ends with it is refused by Windows. */
function trimName(name: string): string {
  return name.replace(/^[\s.]+|[\s.]+$/g, '') || 'file';
}
