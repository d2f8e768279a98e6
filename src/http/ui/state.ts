/**
 * Which colour and sign a state has. Colour means state and nothing else: grey open, blue stated, teal confirmed,
 * green verified, amber needs somebody, red overdue or refused.
 */
export type Tone = 'grey' | 'blue' | 'teal' | 'green' | 'amber' | 'red';

export type StateLook = { tone: Tone; icon: string; word: string };

type Looks = Record<string, StateLook>;

const look = (tone: Tone, icon: string, word: string): StateLook => ({ tone, icon, word });

/** Every state of every noun a page shows. Words of `correction` are English here and `ui.state.*` in the portal. */
export const stateLooks = {
  correction: {
    open: look('grey', 'circle', 'open'),
    stated: look('blue', 'message-circle-check', 'stated'),
    confirmed: look('teal', 'circle-check', 'confirmed'),
    verified: look('green', 'rosette-discount-check', 'verified'),
    blocked: look('amber', 'alert-triangle', 'blocked'),
    isolated: look('amber', 'plug-connected-x', 'isolated'),
    'not-affected': look('grey', 'circle-minus', 'not affected'),
    gone: look('grey', 'circle-off', 'gone'),
  },
  obligation: {
    silent: look('grey', 'circle', 'silent'),
    received: look('blue', 'mail-opened', 'received'),
    done: look('green', 'circle-check', 'done'),
  },
  delivery: {
    queued: look('grey', 'clock', 'queued'),
    sending: look('grey', 'send', 'sending'),
    sent: look('blue', 'send', 'sent'),
    delivered: look('teal', 'mail-check', 'delivered'),
    opened: look('green', 'mail-opened', 'opened'),
    bounced: look('red', 'mail-x', 'bounced'),
    failed: look('red', 'mail-x', 'failed'),
    stopped: look('amber', 'hand-stop', 'stopped'),
    unsure: look('amber', 'help-circle', 'unsure'),
  },
  post: {
    'to-print': look('grey', 'clock', 'to print'),
    printed: look('grey', 'printer', 'printed'),
    dispatched: look('blue', 'send', 'handed in'),
    overdue: look('red', 'clock-exclamation', 'overdue'),
    delivered: look('teal', 'mail-check', 'arrived'),
    returned: look('amber', 'mail-x', 'came back'),
  },
  action: {
    draft: look('grey', 'pencil', 'draft'),
    'in-review': look('blue', 'eye', 'in review'),
    approved: look('teal', 'circle-check', 'approved'),
    released: look('blue', 'send', 'released'),
    monitoring: look('blue', 'activity', 'monitoring'),
    completed: look('green', 'circle-check', 'completed'),
    closed: look('grey', 'archive', 'closed'),
  },
  notice: {
    draft: look('grey', 'pencil', 'draft'),
    'in-review': look('blue', 'eye', 'in review'),
    approved: look('teal', 'circle-check', 'approved'),
    released: look('green', 'send', 'released'),
    superseded: look('grey', 'archive', 'superseded'),
  },
  package: {
    draft: look('grey', 'pencil', 'draft'),
    released: look('green', 'circle-check', 'released'),
    withdrawn: look('red', 'circle-x', 'withdrawn'),
  },
  download: {
    granted: look('grey', 'key', 'granted'),
    started: look('blue', 'download', 'started'),
    finished: look('green', 'circle-check', 'finished'),
    broken: look('amber', 'alert-triangle', 'broken off'),
    revoked: look('red', 'circle-x', 'ended by us'),
  },
  kit: {
    requested: look('amber', 'alert-triangle', 'requested'),
    prepared: look('blue', 'package', 'prepared'),
    shipped: look('blue', 'truck-delivery', 'shipped'),
    received: look('green', 'circle-check', 'received'),
    returned: look('grey', 'arrow-back-up', 'returned'),
    destroyed: look('grey', 'circle-x', 'destroyed'),
    cancelled: look('grey', 'circle-minus', 'cancelled'),
  },
  remedy: {
    announced: look('grey', 'clock', 'announced'),
    available: look('green', 'circle-check', 'available'),
    withdrawn: look('red', 'circle-x', 'withdrawn'),
  },
  run: {
    idle: look('grey', 'circle', 'not started'),
    running: look('blue', 'player-play', 'running'),
    paused: look('amber', 'player-pause', 'paused'),
    stopped: look('red', 'hand-stop', 'stopped'),
  },
  import: {
    uploaded: look('grey', 'file', 'uploaded'),
    checking: look('blue', 'loader', 'checking'),
    checked: look('teal', 'list-check', 'checked'),
    applying: look('blue', 'loader', 'applying'),
    applied: look('green', 'circle-check', 'applied'),
    failed: look('red', 'circle-x', 'failed'),
    discarded: look('grey', 'trash', 'discarded'),
  },
  spreadsheet: {
    mapping: look('amber', 'help-circle', 'waits to be mapped'),
    checking: look('blue', 'loader', 'being checked'),
    checked: look('amber', 'list-check', 'waits to be approved'),
    applying: look('blue', 'loader', 'being recorded'),
    applied: look('green', 'circle-check', 'recorded'),
    failed: look('red', 'circle-x', 'failed'),
    discarded: look('grey', 'trash', 'put away'),
  },
  proposal: {
    proposed: look('amber', 'help-circle', 'proposed'),
    applied: look('green', 'circle-check', 'applied'),
    refused: look('red', 'circle-x', 'refused'),
  },
  paper: {
    waiting: look('amber', 'alert-triangle', 'waiting'),
    taken: look('green', 'circle-check', 'taken'),
    aside: look('grey', 'archive', 'put aside'),
    joined: look('grey', 'files', 'put to another'),
  },
  message: {
    new: look('grey', 'clock', 'not read yet'),
    waiting: look('amber', 'alert-triangle', 'waiting'),
    done: look('green', 'circle-check', 'done'),
  },
  mailbox: {
    waiting: look('grey', 'clock', 'not connected yet'),
    connected: look('green', 'circle-check', 'connected'),
    trouble: look('red', 'circle-x', 'in trouble'),
  },
  task: {
    open: look('amber', 'alert-triangle', 'open'),
    done: look('green', 'circle-check', 'done'),
    dismissed: look('grey', 'circle-minus', 'dismissed'),
  },
  deadline: {
    waiting: look('grey', 'hourglass', 'waiting'),
    running: look('blue', 'clock', 'running'),
    met: look('green', 'circle-check', 'met'),
    missed: look('red', 'clock-exclamation', 'missed'),
    withdrawn: look('grey', 'circle-minus', 'withdrawn'),
  },
  incident: {
    open: look('red', 'shield-exclamation', 'open'),
    examining: look('amber', 'eye', 'examining'),
    cleared: look('green', 'circle-check', 'cleared'),
    confirmed: look('red', 'shield-x', 'confirmed'),
    closed: look('grey', 'archive', 'closed'),
  },
  party: {
    active: look('grey', 'circle', 'active'),
    closed: look('grey', 'circle-off', 'closed'),
    merged: look('grey', 'git-merge', 'merged'),
  },
  contact: {
    active: look('grey', 'circle', 'active'),
    unreachable: look('red', 'mail-x', 'unreachable'),
    replaced: look('grey', 'replace', 'replaced'),
    left: look('grey', 'door-exit', 'left'),
  },
  unit: {
    'in-field': look('grey', 'circle', 'in the field'),
    scrapped: look('grey', 'circle-off', 'scrapped'),
    moved: look('amber', 'truck', 'moved'),
    returned: look('grey', 'arrow-back-up', 'returned'),
    unknown: look('amber', 'help-circle', 'unknown'),
  },
} as const satisfies Record<string, Looks>;

export type StateKind = keyof typeof stateLooks;

/** The look of a state; one that is not in the table shows as a grey word, so that a page never fails over it. */
export function stateLook(kind: StateKind, state: string): StateLook {
  const looks: Looks = stateLooks[kind];
  return looks[state] ?? look('grey', 'circle', state.replaceAll('-', ' '));
}

/** Corrections in the order of their evidence, the order every bar and chart uses. */
export const evidenceOrder = ['verified', 'confirmed', 'stated', 'isolated', 'blocked', 'open'] as const;
