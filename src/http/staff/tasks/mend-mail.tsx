import type { VNode } from 'preact';
import { LinkButton } from '../../ui/field.tsx';
import { Card } from '../../ui/parts.tsx';
import type { Task } from './tasks.tsx';

/** A mail that speaks of a break-in or of harm: read it, and say there what it is. */
export function mailMend(task: Task): VNode {
  const { message, from, subject, words } = task.detail as Record<string, string | number | undefined>;
  return (
    <Card title="A mail that cannot wait">
      <p>
        {from} wrote “{subject}”. It says {words}.
      </p>
      <LinkButton href={`/postroom/${message}`} tone="primary" icon="mail-opened">
        Read it and decide
      </LinkButton>
    </Card>
  );
}
