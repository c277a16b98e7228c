// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

/// The candidate that `name` was probably meant to be, or `nil` if none is close.
///
/// Closeness is the edit distance (insertions, deletions, substitutions), letter case counting
/// half a step; a candidate qualifies within a third of the longer name's length, or if only letter
/// case differs.
/// - Complexity: O(candidates × length²).
package func nearestName(to name: String, in candidates: [String]) -> String? {
  var best: (candidate: String, distance: Double)?
  for candidate in candidates {
    let distance = editDistance(name, candidate)
    let isNear =
      distance <= Double(max(name.count, candidate.count)) / 3
      || name.lowercased() == candidate.lowercased()
    if isNear, distance < best?.distance ?? .infinity {
      best = (candidate, distance)
    }
  }
  return best?.candidate
}

/// "Did you mean "days"?", or nothing if no candidate is close.
package func suggestion(for name: String, in candidates: [String]) -> String {
  nearestName(to: name, in: candidates).map { "Did you mean \"\($0)\"?" } ?? ""
}

private func editDistance(_ left: String, _ right: String) -> Double {
  let left = Array(left)
  let right = Array(right)
  var row = (0...right.count).map(Double.init)
  for i in left.indices {
    var diagonal = row[0]
    row[0] = Double(i + 1)
    for j in right.indices {
      let substitution =
        left[i] == right[j] ? 0 : left[i].lowercased() == right[j].lowercased() ? 0.5 : 1
      let distance = min(diagonal + substitution, row[j] + 1, row[j + 1] + 1)
      diagonal = row[j + 1]
      row[j + 1] = distance
    }
  }
  return row[right.count]
}
