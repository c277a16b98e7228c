// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DataTables

extension CategoricalColumn {
  /// The levels that have rows, in order.
  /// - Complexity: O(rows + levels).
  var occurringLevels: [String] {
    var occurs = [Bool](repeating: false, count: levels.count)
    for code in codes where code >= 0 { occurs[Int(code)] = true }
    return levels.indices.filter { occurs[$0] }.map { levels[$0] }
  }

  /// The rows as indices into other levels; -1 where a row's level is not among them.
  /// - Complexity: O(rows + levels).
  func codes(in newLevels: [String]) -> [Int32] {
    guard newLevels != levels else { return codes }
    var codeOfLevel: [String: Int32] = [:]
    for (code, level) in newLevels.enumerated() { codeOfLevel[level] = Int32(code) }
    let newCodes = levels.map { codeOfLevel[$0] ?? -1 }
    var recoded = codes
    for i in recoded.indices where recoded[i] >= 0 { recoded[i] = newCodes[Int(recoded[i])] }
    return recoded
  }
}
