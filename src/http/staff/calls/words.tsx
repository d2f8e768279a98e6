import type { VNode } from 'preact';
import type { CallReason } from '../../../domain/call.ts';
import { callReasonWords } from '../../../domain/call.ts';
import type { CallHours } from '../../../domain/call-hours.ts';
import { formatMoment } from '../../ui/figures.ts';
import type { Tone } from '../../ui/state.ts';
import { Badge } from '../../ui/state.tsx';

const reasonTones: Readonly<Record<CallReason, readonly [Tone, string]>> = {
  urgent: ['red', 'alert-octagon'],
  'call-back': ['amber', 'phone-calling'],
  'by-telephone': ['grey', 'phone'],
  'no-address': ['amber', 'mail-x'],
  asked: ['amber', 'phone'],
  silent: ['grey', 'circle'],
  later: ['grey', 'clock'],
};

/** Why somebody has to be called, with its sign. */
export function ReasonBadge({ why }: { why: CallReason }): VNode {
  const [tone, icon] = reasonTones[why];
  return (
    <Badge tone={tone} icon={icon}>
      {callReasonWords[why].toLowerCase()}
    </Badge>
  );
}

/** Whether an office is open there, and else when it opens: `10:30 there, open`. */
export function hoursWords(hours: CallHours): string {
  const opens = `opens ${formatMoment(hours.opensAt, 'en', hours.zone, false)}`;
  switch (hours.why) {
    case 'open':
      return `${hours.localTime} there, open`;
    case 'early':
      return `${hours.localTime} there, not open yet`;
    case 'late':
      return `${hours.localTime} there, closed: ${opens}`;
    case 'weekend':
      return `${hours.localTime} there, weekend: ${opens}`;
    case 'holiday':
      return `${hours.localTime} there, ${hours.holiday ?? 'holiday'}: ${opens}`;
  }
}

/** The local time of a place, with a word that says whether to call now. */
export function Hours({ hours }: { hours: CallHours }): VNode {
  return (
    <span class={hours.open ? 'ff-hours ff-hours-open' : 'ff-hours'}>
      <strong>{hours.open ? 'Call now' : 'Not now'}</strong> <span>{hoursWords(hours)}</span>
    </span>
  );
}
