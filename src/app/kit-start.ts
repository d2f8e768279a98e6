/**
 * What a person starts in a kit, down to machines that run none of our programs: the executable, else the script by the Node
 * that is there, else the hash of the package by what the system brings. The same for every kit.
 */

/** Windows says so where a program is not for it: too old, or of 32 bits. Node says the same where Windows is too old. */
const NOT_FOR_THIS_WINDOWS = 216;

/** Ends well on a Node that runs the script, and badly on an older one. In signs that both shells leave alone. */
const NEW_ENOUGH = 'process.exit(parseInt(process.versions.node) > 11 ? 0 : 1)';

const WINDOWS = `@echo off
cd /d "%~dp0"
if not exist verifier\\fieldfix-verifier.exe goto script
verifier\\fieldfix-verifier.exe %*
if not %errorlevel%==${NOT_FOR_THIS_WINDOWS} goto end
:script
node -e "${NEW_ENOUGH}" >nul 2>nul
if errorlevel 1 goto neither
node verifier\\fieldfix-verifier.js %*
goto end
:neither
echo.
echo The verifier does not run on this machine: it needs Windows 10 (64 bits), or Node 12 or later.
echo You can still see whether the file is whole. These two have to be the same:
echo.
for %%f in (package\\*) do certutil -hashfile "%%f" SHA256
findstr /c:"package/" SHA256SUMS.txt
echo.
echo Compare them with the one on the page of the notice, too. Then install by hand, and tell us in the form.
:end
pause
`;

/** For `start.cmd`. */
export const startWindows: Buffer = Buffer.from(WINDOWS.replaceAll('\n', '\r\n'));

/** For `start.sh`. */
export const startLinux: Buffer = Buffer.from(`#!/bin/sh
cd "$(dirname "$0")" || exit 1
for program in verifier/fieldfix-verifier verifier/fieldfix-verifier-arm64; do
  # One that is for another system does not start.
  if [ -f "$program" ] && "$program" --help >/dev/null 2>&1; then exec "$program" "$@"; fi
done
if node -e '${NEW_ENOUGH}' >/dev/null 2>&1; then exec node verifier/fieldfix-verifier.js "$@"; fi
echo
echo 'The verifier does not run on this machine: it needs Linux on x64 or arm64, or Node 12 or later.'
echo 'You can still see whether the file is whole. These two have to be the same:'
echo
sha256sum package/*
grep ' package/' SHA256SUMS.txt
echo
echo 'Compare them with the one on the page of the notice, too. Then install by hand, and tell us in the form.'
exit 1
`);
