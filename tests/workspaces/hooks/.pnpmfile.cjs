// One package gets a dependency, another gets another version of one.
function readPackage(manifest) {
  if (manifest.name === 'uses-b2') manifest.dependencies['deprecated-pkg'] = '1.0.0'
  if (manifest.name === 'uses-b3') manifest.dependencies['plain-b'] = '1.0.0'
  return manifest
}
module.exports = { hooks: { readPackage } }
