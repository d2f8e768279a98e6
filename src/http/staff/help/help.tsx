import type { VNode } from 'preact';
import type { C } from '../../context.ts';
import { DeskPage } from '../../ui/layout.tsx';
import { html } from '../../ui/page.tsx';
import { Card } from '../../ui/parts.tsx';
import { StateBadge } from '../../ui/state.tsx';
import { shellOf } from '../shell.ts';

/** GET /help: what Fieldfix does, how the commonest things are done, and its words. */
export async function showHelp(c: C): Promise<Response> {
  return html(
    c,
    <DeskPage
      shell={await shellOf(c)}
      title="Help"
      lede="What Fieldfix does, how to do the commonest things, and what its words mean."
      width="narrow"
    >
      <Card title="What it does">
        <p>
          Fieldfix runs a field safety corrective action from the first notice to the last verified fix. At any moment
          it answers one question, with evidence: which affected items out there are not yet fixed, and what is the next
          step for each?
        </p>
        <p>
          Units come from your ERP system. An action says what is wrong and what fixes it; each affected unit then gets
          one correction for every environment and remedy. Letters go out, answers come back through the personal links,
          by telephone and by post, and each answer is evidence for a correction. Nothing is erased: what proved wrong
          is set right by something newer.
        </p>
      </Card>
      <Card title="How to">
        <HowTo />
      </Card>
      <Card title="How far the evidence goes">
        <ul class="ff-plain-list">
          <li>
            <StateBadge kind="correction" state="open" /> nobody has said that it is fixed.
          </li>
          <li>
            <StateBadge kind="correction" state="stated" /> the party says that it is fixed.
          </li>
          <li>
            <StateBadge kind="correction" state="confirmed" /> a code computed where the fix was installed says so.
          </li>
          <li>
            <StateBadge kind="correction" state="verified" /> your own people have seen evidence, or the instrument
            itself reported it.
          </li>
          <li>
            <StateBadge kind="correction" state="blocked" /> the party cannot do it without help.
          </li>
          <li>
            <StateBadge kind="correction" state="isolated" /> off the network, because a break-in is suspected.
          </li>
          <li>
            <StateBadge kind="correction" state="not-affected" /> and <StateBadge kind="correction" state="gone" />{' '}
            ended without a fix.
          </li>
        </ul>
      </Card>
      <Card title="Words">
        <dl class="ff-facts">
          {words.map(([word, meaning]) => (
            <div key={word}>
              <dt>{word}</dt>
              <dd>{meaning}</dd>
            </div>
          ))}
        </dl>
      </Card>
    </DeskPage>,
  );
}

function HowTo(): VNode {
  return (
    <ol>
      <li>
        <strong>Bring in parties and units.</strong> <a href="/imports">Imports</a>: upload a CSV or XLSX file as your
        ERP exports it, map its columns once, look at the dry run, then apply it. Importing the same file twice changes
        nothing.
      </li>
      <li>
        <strong>Start an action.</strong> <a href="/actions/new">Create it</a>, describe it, and list its remedies in
        order.
      </li>
      <li>
        <strong>Find the affected units.</strong> On the page <em>Scope</em> of the action: write rules, run them, read
        what was found and what was left out and why, then create the corrections.
      </li>
      <li>
        <strong>Write and approve the notice.</strong> On its page <em>Notice</em>. Quality and regulatory affairs sign
        with their credential; a change after that voids both signatures.
      </li>
      <li>
        <strong>Send it.</strong> Release the action. Sending can be paused, resumed and stopped on the page{' '}
        <em>Deliveries</em>. Who must be written to by post stands under <em>Print</em>.
      </li>
      <li>
        <strong>Look after what did not arrive.</strong> A letter that came back is a{' '}
        <a href="/tasks?kind=bounce&state=open">task</a>: choose another address or contact right there, and the letter
        leaves again.
      </li>
      <li>
        <strong>Telephone a party.</strong> On its page, <em>Record an answer given by telephone</em>: the script stands
        beside the form, in the contact’s language.
      </li>
      <li>
        <strong>Settle a contradiction.</strong> The <a href="/tasks?kind=contradiction&state=open">task</a> shows both
        answers side by side. Say which is true and how you know.
      </li>
      <li>
        <strong>Verify corrections.</strong> One by one on its own page, or many at once: filter the ledger of the
        action, then <em>Verify these</em>.
      </li>
      <li>
        <strong>Prove what happened.</strong> Every page of a party or unit shows its history;{' '}
        <a href="/history/verify">Check the history</a> recomputes the chain of all events. Every list exports as CSV
        and XLSX.
      </li>
    </ol>
  );
}

const words: readonly (readonly [string, string])[] = [
  ['action', 'One field safety corrective action, with a regime for each country, a class and a stage.'],
  ['product', 'A catalogue entry: its UDI-DIs, catalogue numbers and environments (boot modes such as Dx and RUO).'],
  [
    'party',
    'An organisation: customer, distributor, importer, authorised representative, authority. It has sites and contacts.',
  ],
  ['unit', 'One thing in the field: an instrument with a serial number, a lot, or a standalone software instance.'],
  ['remedy', 'What fixes it: an interim patch, a permanent fix, a return, a destruction, a change of labelling.'],
  [
    'correction',
    'One unit, one environment, one remedy: the row that must become verified. Every percentage counts these.',
  ],
  ['notice', 'The field safety notice: versioned, in variants for each audience, in languages.'],
  ['delivery', 'One notice to one contact by one channel, with its tries and their evidence.'],
  ['reply', 'What a party told us, by any door. It is never changed; a later one adds to it.'],
  ['confirmation', 'Evidence about one correction: a statement, a code, something staff have seen.'],
  ['deadline', 'A date with the rule, the calendar and the reason that produced it.'],
  ['incident', 'A suspected compromise or an adverse event that was reported to us.'],
  ['report', 'A frozen document for an authority, reproducible from the ledger.'],
  ['event', 'The record of one change: who, when, what, before, after, why.'],
];
