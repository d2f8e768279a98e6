// Loaded before every program that bin/boot.js starts. Killing the starter must not leave a server behind that nobody
// sees and that still holds the data folder: when the channel to the starter breaks, this process ends as hard.
if (process.channel) {
  process.channel.unref();
  process.once('disconnect', () => process.kill(process.pid, 'SIGKILL'));
}
