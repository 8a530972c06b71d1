process.send(42);
