/** What can happen to a letter, and when it is tried again. Pure. */

/** Waits before the next try after 1, 2, 3 … failed tries: six tries within a day and a night, then a person looks. */
const WAITS_MINUTES = [2, 10, 60, 240, 1130] as const;

/**
 * When a letter whose try number `tries` (1 = first) failed for now is tried again; undefined when that was the last.
 * The spread (0–20 %, fixed by the delivery's id) keeps a thousand letters to one slow server from returning together.
 */
export function nextTry(tries: number, at: Date, deliveryId: number): Date | undefined {
  const minutes = WAITS_MINUTES[tries - 1];
  if (minutes === undefined) return undefined;
  const spread = 1 + ((deliveryId * 7919) % 100) / 500;
  return new Date(at.getTime() + minutes * 60_000 * spread);
}

export type SendingState = 'idle' | 'running' | 'paused' | 'stopped';
export const sendingCommands = ['pause', 'resume', 'stop'] as const;
export type SendingCommand = (typeof sendingCommands)[number];

/** What may be done to the sending of an action: from a state, by a command, to a state. */
const SENDING: Readonly<Record<SendingCommand, { from: readonly SendingState[]; to: SendingState }>> = {
  pause: { from: ['running'], to: 'paused' },
  resume: { from: ['paused', 'stopped'], to: 'running' },
  stop: { from: ['running', 'paused'], to: 'stopped' },
};

/** The state a command leads to; undefined where it makes no sense. */
export function commandSending(state: SendingState, command: SendingCommand): SendingState | undefined {
  return SENDING[command].from.includes(state) ? SENDING[command].to : undefined;
}

/**
 * The domain of an e-mail address in its ASCII form, for pacing; undefined when the text is no address that mail can be
 * sent to: the local part without blanks, control characters and brackets, at most 254 characters in all (RFC 5321).
 */
export function mailDomain(address: string): string | undefined {
  if (address.length > 254) return undefined;
  const match = /^[^\s@<>()[\]\\",;:\p{Cc}]{1,64}@([^\s@<>()[\]\\",;:/?#\p{Cc}]+)$/u.exec(address);
  if (!match?.[1] || /^\.|\.\.|\.$/.test(match[1]) || !match[1].includes('.')) return undefined;
  const url = URL.parse(`http://${match[1]}`);
  return url?.hostname && /[a-z]/.test(url.hostname) ? url.hostname : undefined;
}

/** Lines of a postal address, empty ones left out; undefined when it is too little for the post. */
export function postalAddress(place: {
  name: string;
  attention: string;
  street: string;
  postcode: string;
  city: string;
  region: string;
  country: string;
}): string | undefined {
  if (place.street.trim() === '' || place.city.trim() === '') return undefined;
  const town = [place.postcode, place.city]
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .join(' ');
  return [place.name, place.attention, place.street, town, place.region, place.country.toUpperCase()]
    .map((line) => line.replace(/\s+/g, ' ').trim())
    .filter((line) => line !== '')
    .join('\n');
}
