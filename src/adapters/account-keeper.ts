import type { Auth } from './auth.ts';

/** What the sign-in library does for us when a person is created. */
export interface AccountKeeper {
  /** Creates the account with its password, hashed. @returns its id */
  create(account: { name: string; email: string; password: string }): Promise<string>;
}

/** Makes accounts through the sign-in library, which hashes their passwords. */
export function accountKeeper(auth: Auth): AccountKeeper {
  return {
    async create(account) {
      const { user } = await auth.api.signUpEmail({ body: account });
      return user.id;
    },
  };
}
