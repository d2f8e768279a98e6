import { type Answers, emptyAnswers, type FormContext } from '../src/domain/form.ts';
import type { Player } from './people.ts';

/** How an answer differs from that of somebody who has done everything. */
export interface Wish {
  receiptOnly?: boolean;
  skip?: (environment: string) => boolean;
  blocked?: boolean;
  claimAll?: boolean;
  gone?: 'moved' | 'scrapped';
  extra?: boolean;
}

/** Fills the form as this party would. */
export function fillAnswers(player: Player, form: FormContext, today: string, wish: Wish): Answers {
  const answers = emptyAnswers();
  const random = player.random;
  let open = false;
  form.units.forEach((unit, index) => {
    const connected = unit.connected ?? random.chance(0.7);
    answers.units[String(unit.id)] = { connected: connected ? 'yes' : 'no', 'software-installed': 'yes' };
    for (const correction of unit.corrections) {
      const key = String(correction.id);
      if (wish.gone && index === 0) {
        answers.corrections[key] =
          wish.gone === 'moved'
            ? { status: 'gone', 'gone-how': 'moved', 'gone-to': 'Partner laboratory in the same town' }
            : { status: 'gone', 'gone-how': 'scrapped' };
      } else if (wish.skip?.(correction.environment)) {
        open = true;
        answers.corrections[key] = { status: 'not-yet', reason: 'in-use' };
      } else if (wish.blocked) {
        open = true;
        answers.corrections[key] = {
          status: 'not-yet',
          reason: random.chance(0.7) ? 'needs-web-interface' : 'waiting-for-it',
        };
      } else if (correction.state !== 'open' && correction.state !== 'blocked') {
        answers.corrections[key] = { status: 'done', 'done-on': today, 'backed-up': 'yes' };
      } else {
        answers.corrections[key] = {
          status: 'done',
          'done-on': today,
          'backed-up': random.chance(0.992) ? 'yes' : 'no',
        };
      }
    }
  });
  if (wish.extra) {
    const product = form.products[0];
    if (product)
      answers.extra.push({
        product: String(product.id),
        serial: `NB9${random.between(10_000, 99_999)}`,
        environments: product.environments.map((one) => one.code),
      });
  }
  answers.party = {
    received: 'yes',
    understood: 'yes',
    compromise: 'no',
    'users-informed': 'yes',
    'others-told': ['users', 'it'],
    'all-patched': wish.claimAll || !open ? 'yes' : 'no',
    'passed-on': 'no',
    organisation: player.party,
    'organisation-address': '1 Sample Road',
    'signer-name': player.contact,
    'signer-title': 'Head of laboratory',
    'signer-email': player.email,
    'signer-phone': '+00 000 0000',
    'signed-on': today,
    acknowledge: 'yes',
    statement: 'yes',
    ...(form.role === 'distributor'
      ? {
          'distributor-applies': 'applies',
          'customers-identified': 'yes',
          'customer-list': random.chance(0.5) ? 'by-email' : 'not-wished',
          'customer-list-reason': 'Our customer list is our own; we pass the notice on ourselves.',
          'customers-informed': 'yes',
          'customers-informed-on': today,
          confirmations: 'some',
          'stock-checked': 'yes',
          'stock-checked-on': today,
          'quarantined-quantity': 0,
        }
      : {}),
  };
  return answers;
}
