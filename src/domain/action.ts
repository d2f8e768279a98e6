/** The stages of an action, as one table: from where to where, by whom, under what conditions, with what effect. */
import type { Actor, Role } from './actor.ts';
import { type Refusal, refuse } from './refusal.ts';

export const stages = ['draft', 'in-review', 'approved', 'released', 'monitoring', 'completed', 'closed'] as const;
export type Stage = (typeof stages)[number];

/** What the guards ask about an action. Counted by the caller in the transaction that moves it. */
export interface MoveFacts {
  /** Its newest notice that is not yet released is approved. */
  readonly approvedNotice: boolean;
  /** A version of its notice has been released. */
  readonly releasedNotice: boolean;
  /** As what the approved notice was signed and not voided: `quality`, `regulatory`. */
  readonly approvals: readonly string[];
  /** Rows of the ledger, and those of them not yet fixed (open, blocked, isolated). */
  readonly corrections: number;
  readonly owed: number;
  /** Parties that must be told. */
  readonly obligations: number;
  /** Remedies that can be applied now. */
  readonly remedies: number;
  /** Corrections of a permanent fix that are not made yet. */
  readonly permanentOwed?: number;
  /** Why, in the actor's words; empty when none was given. */
  readonly reason: string;
}

/** A condition of a move. It passes, or says what is wrong. `owed` is answered by a reason too. */
const guards = {
  'notice approved': (facts) => (facts.approvedNotice ? undefined : refuse('action.no-approved-notice')),
  'signed twice': (facts) => {
    const lacking = ['quality', 'regulatory'].filter((role) => !facts.approvals.includes(role));
    return lacking.length === 0 ? undefined : refuse('action.signature-missing', { lacking: lacking.join(', ') });
  },
  'units found': (facts) => (facts.corrections > 0 ? undefined : refuse('action.no-corrections')),
  'parties to tell': (facts) => (facts.obligations > 0 ? undefined : refuse('action.no-obligations')),
  'remedy available': (facts) => (facts.remedies > 0 ? undefined : refuse('action.no-remedy')),
  'notice released': (facts) => (facts.releasedNotice ? undefined : refuse('action.no-released-notice')),
  'nothing owed or reason': (facts) =>
    facts.owed === 0 || facts.reason !== ''
      ? undefined
      : refuse('action.owed-corrections', { count: facts.owed }, 'reason'),
  'permanent fix made': (facts) =>
    facts.permanentOwed ? refuse('action.permanent-owed', { count: facts.permanentOwed }) : undefined,
  reason: (facts) => (facts.reason === '' ? refuse('action.reason-missing', {}, 'reason') : undefined),
} as const satisfies Record<string, (facts: MoveFacts) => Refusal | undefined>;
export type Guard = keyof typeof guards;

export interface Transition {
  readonly from: Stage;
  readonly to: Stage;
  /** What a person calls the move: the words of the button. */
  readonly name: string;
  readonly roles: readonly Role[];
  /** Fieldfix makes this move itself when it sees that the time has come. */
  readonly bySystem?: true;
  readonly guards: readonly Guard[];
  /** The meaning of the signature the move asks for (21 CFR 11.50(a)(3)). */
  readonly signs?: string;
  /** Voids the approvals of the notice that is not yet released. */
  readonly voidsApprovals?: true;
}

const OFFICE: readonly Role[] = ['administrator', 'quality', 'regulatory'];
const SIGNERS: readonly Role[] = ['quality', 'regulatory'];

/** Every way an action can go. What is not here is refused. */
export const transitions: readonly Transition[] = [
  { from: 'draft', to: 'in-review', name: 'Hand in for review', roles: OFFICE, guards: [] },
  { from: 'in-review', to: 'draft', name: 'Back to draft', roles: OFFICE, guards: ['reason'], voidsApprovals: true },
  {
    from: 'in-review',
    to: 'approved',
    name: 'Approve',
    roles: SIGNERS,
    guards: ['notice approved', 'signed twice'],
  },
  { from: 'approved', to: 'draft', name: 'Back to draft', roles: OFFICE, guards: ['reason'], voidsApprovals: true },
  {
    from: 'approved',
    to: 'released',
    name: 'Release',
    roles: SIGNERS,
    guards: ['notice approved', 'signed twice', 'units found', 'parties to tell', 'remedy available'],
    signs: 'I release this action: its notice goes to everybody who must be told.',
  },
  {
    from: 'released',
    to: 'monitoring',
    name: 'Go on to monitoring',
    roles: OFFICE,
    bySystem: true,
    guards: ['notice released'],
  },
  {
    from: 'monitoring',
    to: 'completed',
    name: 'Complete',
    roles: SIGNERS,
    guards: ['notice released', 'nothing owed or reason'],
  },
  { from: 'completed', to: 'monitoring', name: 'Reopen', roles: SIGNERS, guards: ['reason'] },
  {
    from: 'completed',
    to: 'closed',
    name: 'Close',
    roles: SIGNERS,
    guards: ['permanent fix made', 'nothing owed or reason'],
    signs: 'I close this action: what could be done has been done, and the record shows it.',
  },
];

/** The moves there are from a stage, for the buttons of a page; those of other roles are left out when a role is given. */
export function movesFrom(stage: Stage, role?: Role): readonly Transition[] {
  return transitions.filter((transition) => transition.from === stage && (!role || transition.roles.includes(role)));
}

/** What a move does besides changing the stage. */
export interface Move {
  readonly to: Stage;
  /** The meaning of the signature to ask for; undefined when none is. */
  readonly signs: string | undefined;
  readonly voidsApprovals: boolean;
}

/**
 * Decides whether an action may go from one stage to another. Refuses with `action.no-such-move` (and the stages there
 * are), `action.move-not-yours` (and the roles it belongs to), `action.sign-in-person` where a program tries a move that
 * is signed, or what the first guard that fails says.
 */
export function moveAction(from: Stage, to: Stage, actor: Actor, facts: MoveFacts): Move | Refusal {
  const transition = transitions.find((candidate) => candidate.from === from && candidate.to === to);
  if (!transition) {
    const possible = movesFrom(from).map((candidate) => candidate.to);
    return refuse('action.no-such-move', { from, to, possible: possible.join(', ') || 'none' }, 'to');
  }
  const no = mayMove(transition, actor);
  if (no) return no;
  for (const guard of transition.guards) {
    const failed = guards[guard](facts);
    if (failed) return failed;
  }
  return { to, signs: transition.signs, voidsApprovals: transition.voidsApprovals === true };
}

function mayMove(transition: Transition, actor: Actor): Refusal | undefined {
  const roles = transition.roles.join(', ');
  switch (actor.kind) {
    case 'staff':
      return transition.roles.includes(actor.role)
        ? undefined
        : refuse('action.move-not-yours', { who: actor.role, roles });
    case 'key':
      // The scope of the key has been asked for already; a signature is a person's.
      return transition.signs ? refuse('action.sign-in-person', { name: actor.name }) : undefined;
    case 'system':
      return transition.bySystem ? undefined : refuse('action.move-not-yours', { who: actor.name, roles });
    case 'contact':
    case 'visitor':
      return refuse('action.move-not-yours', { who: actor.kind, roles });
  }
}

/** The table as a Mermaid state diagram, for the documents. */
export function transitionDiagram(): string {
  const id = (stage: Stage) => stage.replace('-', '_');
  const lines = [
    'stateDiagram-v2',
    ...stages
      .filter((stage) => stage.includes('-'))
      .map((stage) => `  state "${stage.replace('-', ' ')}" as ${id(stage)}`),
    `  [*] --> ${id(stages[0])}`,
    ...transitions.map((transition) => {
      const conditions = transition.guards.length > 0 ? ` [${transition.guards.join(', ')}]` : '';
      const who = transition.bySystem ? [...transition.roles, 'Fieldfix'] : transition.roles;
      const signed = transition.signs ? ', signed' : '';
      return `  ${id(transition.from)} --> ${id(transition.to)}: ${transition.name} (${who.join(', ')}${signed})${conditions}`;
    }),
    '  closed --> [*]',
  ];
  return `${lines.join('\n')}\n`;
}
