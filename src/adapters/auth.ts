import { passkey } from '@better-auth/passkey';
import { createOTP } from '@better-auth/utils/otp';
import { betterAuth } from 'better-auth';
import { APIError } from 'better-auth/api';
import { hashPassword, symmetricDecrypt } from 'better-auth/crypto';
import { genericOAuth, twoFactor } from 'better-auth/plugins';
import type { Kysely } from 'kysely';
import type { Schema } from '../db/schema.ts';
import type { SignInMethod } from '../db/schema-accounts.ts';

export interface AuthOptions {
  db: Kysely<Schema>;
  publicUrl: string;
  secret: Buffer;
  oidc?: { issuer: string; clientId: string; clientSecret: string } | undefined;
  /** Sample accounts may sign in. */
  demo?: boolean | undefined;
}

/** A session ends this long after sign-in, whatever happens; http/session.ts ends it earlier when nobody uses it. */
const SESSION_SECONDS = 12 * 60 * 60;
/** A passkey is added within this time after sign-in; later the sign-in is asked for again. */
const FRESH_SECONDS = 15 * 60;
/** Attempts of the second step before the account rests for 15 minutes. */
const WRONG_CODES = 10;
export const SHORTEST_PASSWORD = 12;

/** Who made a session, and how: by the path of the sign-in library that did. */
const METHODS: readonly [RegExp, SignInMethod][] = [
  [/^\/sign-in\/email$/, 'password'],
  [/^\/two-factor\/verify-totp$/, 'password+totp'],
  [/^\/two-factor\/verify-backup-code$/, 'backup-code'],
  [/^\/passkey\/verify-authentication$/, 'passkey'],
  [/^\/callback\//, 'oidc'],
];

/**
 * The sign-in library on our database and under our table names. It keeps passwords (scrypt), one-time codes (TOTP),
 * passkeys, sessions and single sign-on; pages and limits are ours (http/staff/account). It reaches nothing outside
 * except the single sign-on service.
 */
function makeBase(options: AuthOptions, plugins: ReturnType<typeof singleSignOnPlugin>[]) {
  const secret = options.secret.toString('hex');
  // The host name is part of each passkey's identity: changing PUBLIC_URL means enrolling them again.
  const { hostname, origin } = new URL(options.publicUrl);
  const stamps = { createdAt: 'created_at', updatedAt: 'updated_at' };
  return betterAuth({
    appName: 'Fieldfix',
    baseURL: options.publicUrl,
    basePath: '/auth',
    secret,
    database: { db: options.db as never, type: 'postgres' },
    telemetry: { enabled: false },
    // Attempts are limited by app/credentials.ts, which also says how long to wait.
    rateLimit: { enabled: false },
    logger: { disabled: true },
    trustedOrigins: [origin],
    onAPIError: { errorURL: `${options.publicUrl}/sign-in` },
    // Accounts are made by app/accounts.ts from an invitation, never by signing up.
    emailAndPassword: { enabled: true, disableSignUp: true, minPasswordLength: SHORTEST_PASSWORD },
    user: {
      modelName: 'staff',
      fields: { emailVerified: 'email_verified', ...stamps },
      additionalFields: {
        role: { type: 'string', required: false, input: false, defaultValue: 'viewer' },
        totpExempt: { type: 'boolean', required: false, input: false, fieldName: 'totp_exempt', defaultValue: false },
        disabledAt: { type: 'date', required: false, input: false, fieldName: 'disabled_at' },
      },
    },
    session: {
      modelName: 'staff_session',
      expiresIn: SESSION_SECONDS,
      disableSessionRefresh: true,
      freshAge: FRESH_SECONDS,
      fields: {
        expiresAt: 'expires_at',
        ipAddress: 'ip_address',
        userAgent: 'user_agent',
        userId: 'user_id',
        ...stamps,
      },
      additionalFields: { method: { type: 'string', required: false, input: false } },
    },
    account: {
      modelName: 'staff_account',
      fields: {
        accountId: 'account_id',
        providerId: 'provider_id',
        userId: 'user_id',
        accessToken: 'access_token',
        refreshToken: 'refresh_token',
        idToken: 'id_token',
        accessTokenExpiresAt: 'access_token_expires_at',
        refreshTokenExpiresAt: 'refresh_token_expires_at',
        ...stamps,
      },
      // A single sign-on account belongs to the person an administrator invited under that address.
      accountLinking: { enabled: true, trustedProviders: [SINGLE_SIGN_ON] },
    },
    verification: { modelName: 'staff_verification', fields: { expiresAt: 'expires_at', ...stamps } },
    advanced: {
      cookiePrefix: 'fieldfix',
      useSecureCookies: options.publicUrl.startsWith('https:'),
      defaultCookieAttributes: { httpOnly: true, sameSite: 'lax' },
      // Ours, set by http/staff/account after TRUST_PROXY; what a client writes into X-Forwarded-For counts nothing.
      ipAddress: { ipAddressHeaders: [ADDRESS_HEADER] },
    },
    databaseHooks: {
      session: {
        create: {
          async before(session, context) {
            const staff = await options.db
              .selectFrom('staff')
              .select(['disabled_at', 'totp_exempt'])
              .where('id', '=', session.userId)
              .executeTakeFirst();
            // A sample account's password is printed: on data that a demo left behind it opens nothing.
            if (!staff || staff.disabled_at || (staff.totp_exempt && !options.demo)) {
              throw new APIError('FORBIDDEN', { message: 'This account is shut.' });
            }
            const method = METHODS.find(([path]) => path.test(context?.path ?? ''))?.[1];
            if (!method) throw new APIError('FORBIDDEN', { message: `No sign-in by ${context?.path}.` });
            return { data: { ...session, method } };
          },
        },
      },
    },
    plugins: [
      twoFactor({
        issuer: 'Fieldfix',
        accountLockout: { maxFailedAttempts: WRONG_CODES, durationSeconds: 900 },
        schema: {
          user: { fields: { twoFactorEnabled: 'two_factor_enabled' } },
          twoFactor: {
            modelName: 'staff_two_factor',
            fields: {
              backupCodes: 'backup_codes',
              userId: 'user_id',
              failedVerificationCount: 'failed_verification_count',
              lockedUntil: 'locked_until',
            },
          },
        },
      }),
      passkey({
        rpID: hostname,
        rpName: 'Fieldfix',
        origin,
        // A passkey stands for password and code together: without a PIN, finger or face it would be one factor only.
        authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
        registration: {
          afterVerification: async ({ verification }) => {
            if (!verification.registrationInfo?.userVerified) throw notVerified();
          },
        },
        authentication: {
          afterVerification: async ({ verification }) => {
            if (!verification.authenticationInfo.userVerified) throw notVerified();
          },
        },
        schema: {
          passkey: {
            modelName: 'staff_passkey',
            fields: {
              publicKey: 'public_key',
              userId: 'user_id',
              credentialID: 'credential_id',
              deviceType: 'device_type',
              backedUp: 'backed_up',
              createdAt: 'created_at',
            },
          },
        },
      }),
      ...plugins,
    ],
  });
}

function notVerified(): APIError {
  return new APIError('UNAUTHORIZED', { message: 'The device did not check who you are.' });
}

/** The name of the single sign-on service inside the sign-in library. */
const SINGLE_SIGN_ON = 'oidc';
const ADDRESS_HEADER = 'x-fieldfix-client-address';

function singleSignOnPlugin(oidc: NonNullable<AuthOptions['oidc']>) {
  return genericOAuth({
    config: [
      {
        providerId: SINGLE_SIGN_ON,
        clientId: oidc.clientId,
        clientSecret: oidc.clientSecret,
        discoveryUrl: `${oidc.issuer.replace(/\/$/, '')}/.well-known/openid-configuration`,
        scopes: ['openid', 'email', 'profile'],
        pkce: true,
        requireIdTokenVerification: true,
        // Nobody becomes staff by having an account elsewhere: an administrator invites first.
        disableImplicitSignUp: true,
        disableSignUp: true,
      },
    ],
  });
}

type Base = ReturnType<typeof makeBase>;

/** What making an account needs of the sign-in library. */
export interface AccountKeeper {
  /** The hash of a password as the library keeps it: scrypt with a salt of its own. */
  hashPassword(password: string): Promise<string>;
}

/** What a person needs to set up one-time codes. */
export interface Enrolment {
  /** `otpauth://…`, for the app. */
  uri: string;
  /** The same key in letters and digits, for typing. */
  key: string;
  backupCodes: string[];
}

/** The sign-in library, as the pages of http/staff/account use it. */
export type Auth = Pick<Base, 'api' | '$context'> &
  AccountKeeper & {
    /** The header our pages tell the client's address in. */
    addressHeader: string;
    /** Reads back what enrolling made, while it is not confirmed yet. */
    readEnrolment(stored: { secret: string; backup_codes: string }, email: string): Promise<Enrolment>;
    /**
     * The same with single sign-on. The service is asked for its addresses at first use and again after a failure, so that
     * it may be down when the server starts.
     * @returns undefined when it is not set up or cannot be reached
     */
    singleSignOn(): Promise<Pick<Base, 'api' | 'handler'> | undefined>;
  };

/** Makes the sign-in library's instance for this server. */
export function makeAuth(options: AuthOptions): Auth {
  const base = makeBase(options, []);
  let ready: Promise<Base | undefined> | undefined;
  async function connect(oidc: NonNullable<AuthOptions['oidc']>): Promise<Base | undefined> {
    const made = makeBase(options, [singleSignOnPlugin(oidc)]);
    const { socialProviders } = await made.$context;
    return socialProviders.some((provider) => provider.id === SINGLE_SIGN_ON) ? made : undefined;
  }
  const key = options.secret.toString('hex');
  return {
    api: base.api,
    $context: base.$context,
    addressHeader: ADDRESS_HEADER,
    hashPassword,
    async readEnrolment(stored, email) {
      const secret = await symmetricDecrypt({ key, data: stored.secret });
      const uri = createOTP(secret, { period: 30, digits: 6 }).url('Fieldfix', email);
      return {
        uri,
        key: new URL(uri).searchParams.get('secret') ?? '',
        backupCodes: JSON.parse(await symmetricDecrypt({ key, data: stored.backup_codes })) as string[],
      };
    },
    async singleSignOn() {
      if (!options.oidc) return undefined;
      ready ??= connect(options.oidc);
      const made = await ready.catch(() => undefined);
      if (!made) ready = undefined;
      return made;
    },
  };
}
