// Loaded into the server before it begins (`node --import`): where `npm start` is killed outright and
// can pass nothing on, the server drains and ends all the same.
process.once("disconnect", () => process.kill(process.pid, "SIGTERM"));
process.channel?.unref();
