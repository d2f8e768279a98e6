import type { VNode } from 'preact';
import { Tabs } from '../../ui/parts.tsx';

const places = [
  ['/settings', 'This server'],
  ['/settings/accounts', 'Accounts'],
  ['/settings/mail', 'Mail'],
  ['/settings/countries', 'Countries'],
  ['/settings/calendars', 'Working days'],
  ['/settings/languages', 'Languages'],
  ['/settings/trust', 'Signed packages'],
  ['/settings/keys', 'API keys'],
  ['/settings/webhooks', 'Webhooks'],
] as const;

/** The navigation of the settings. */
export function SettingsTabs({ here }: { here: (typeof places)[number][0] }): VNode {
  return <Tabs label="Settings" tabs={places.map(([href, label]) => ({ href, label, current: href === here }))} />;
}
