import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Settings } from './context.ts';

/** Sixty bits are enough: a forged return path opens a task for a person, nothing more. */
const MAC_LENGTH = 15;

function mac(settings: Pick<Settings, 'secret'>, purpose: string, deliveryId: number): string {
  return createHmac('sha256', settings.secret).update(`${purpose} ${deliveryId}`).digest('hex').slice(0, MAC_LENGTH);
}

/** The Message-ID of a delivery, with its angle brackets: the same for every try (law 3). */
export function messageId(settings: Pick<Settings, 'secret' | 'mailDomain'>, deliveryId: number): string {
  return `<delivery.${deliveryId}.${mac(settings, 'message-id', deliveryId)}@${settings.mailDomain}>`;
}

/** Where a bounce of this delivery comes back to (VERP): the address alone says which letter it was. */
export function returnPath(settings: Pick<Settings, 'secret' | 'mailDomain'>, deliveryId: number): string {
  return `bounce+${deliveryId}.${mac(settings, 'return-path', deliveryId)}@${settings.mailDomain}`;
}

/** The delivery a return path belongs to; undefined for any other address, or one made up. */
export function readReturnPath(settings: Pick<Settings, 'secret'>, address: string): number | undefined {
  const match = /^bounce\+([1-9]\d{0,14})\.([0-9a-f]{15})@/i.exec(address.trim().replace(/^<|>$/g, ''));
  if (!match?.[1] || !match[2]) return undefined;
  const deliveryId = Number(match[1]);
  const expected = Buffer.from(mac(settings, 'return-path', deliveryId));
  return timingSafeEqual(expected, Buffer.from(match[2].toLowerCase())) ? deliveryId : undefined;
}
