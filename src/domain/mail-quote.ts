/** What a sender wrote, apart from what they quote: a quoted notice is full of words that are ours, not theirs. */

/** Lines that open a quotation, as mail programs of several languages write them. */
const OPENERS: readonly RegExp[] = [
  /^-{2,}\s*(?:original message|original-?nachricht|ursprüngliche nachricht|message d'origine|messaggio originale|mensaje original|mensagem original|oorspronkelijk bericht|wiadomość oryginalna|ursprungligt meddelande|исходное сообщение|forwarded message|weitergeleitete nachricht)\s*-{2,}/i,
  /^(?:on|am|le|il(?: giorno)?|el|em|op|den|dnia|w dniu|på)\s.{4,160}(?:wrote|schrieb|a écrit|ha scritto|escribió|escreveu|schreef|skrev|napisał(?:\(a\))?)(?:\s.{1,120}:|\s?:?)\s*$/i,
  /^.{0,120}\d{4}.{0,120}(?:написал|пишет|さんは書きました|写道)\s?:?\s*$/i,
  /^_{8,}\s*$/,
  /^begin forwarded message:/i,
];
/** A block of headers as Outlook puts them above what it quotes. */
const HEADER_BLOCK =
  /^\*?(?:from|von|de|da|van|från|fra|od|от|差出人|发件人)\s?:\*?\s.{3,200}\n(?:.{0,300}\n){0,3}?\*?(?:sent|gesendet|envoyé|inviato|enviado|verzonden|skickat|sendt|wysłano|date|datum|data|fecha|отправлено|送信日時|发送时间)\s?:/im;

/** The sender's own words: without quoted lines, without the letter below them, at most 20,000 characters. */
export function ownText(text: string): string {
  let own = text.slice(0, 60_000).replace(/\r/g, '');
  const block = HEADER_BLOCK.exec(own);
  if (block && own.slice(0, block.index).trim() !== '') own = own.slice(0, block.index);
  const lines: string[] = [];
  for (const line of own.split('\n')) {
    if (OPENERS.some((opener) => opener.test(line.trim())) && lines.some((kept) => kept.trim() !== '')) break;
    if (!/^\s{0,3}>/.test(line)) lines.push(line);
  }
  return lines.join('\n').trim().slice(0, 20_000);
}

const kept = new WeakMap<object, string>();

/** {@link ownText} of a message, found once however often it is asked for. */
export function ownTextOf(mail: { text: string }): string {
  let own = kept.get(mail);
  if (own === undefined) {
    own = ownText(mail.text);
    kept.set(mail, own);
  }
  return own;
}
