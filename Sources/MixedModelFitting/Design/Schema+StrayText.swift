// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

extension Schema {
  /// With fewer levels a column may well be a factor whose levels are numbers and a word.
  private static let leastLevelCount = 10
  private static let leastPartOfNumbers = 0.9

  /// Remarks on columns that would be numeric but for a few values: nobody said that they are
  /// categorical, and nearly all of their levels are numbers.
  func strayTextNotes(options: DesignOptions) -> [String] {
    variables.keys.sorted().compactMap { name in
      guard let levels = levels(of: name), !options.makesCategorical(name),
        levels.count >= Self.leastLevelCount,
        let stray = levels.first(where: { !Self.isNumber($0) })
      else { return nil }
      let count = levels.count { Self.isNumber($0) }
      guard Double(count) >= Self.leastPartOfNumbers * Double(levels.count) else { return nil }
      return "The column \"\(name)\" is categorical because of text such as \"\(stray)\", though "
        + "\(count) of its \(levels.count) levels are numbers. If it should be numeric, write missing "
        + "values as an empty field, NA, NaN or NULL; if not, name it as categorical (--categorical "
        + "\(name))."
    }
  }

  /// Remarks on columns with levels that differ in spaces around the text only.
  /// - Parameter groupingLevels: the columns of grouping factors, with their levels.
  func spacedLevelNotes(groupingLevels: [(column: String, levels: [String])]) -> [String] {
    var levels = variables.keys.reduce(into: [String: [String]]()) { $0[$1] = self.levels(of: $1) }
    for (column, own) in groupingLevels { levels[column] = own }
    return levels.sorted { $0.key < $1.key }.compactMap { name, levels in
      let spaced = levels.filter { $0.hasOuterSpace }
      guard !spaced.isEmpty else { return nil }
      var seen: [String: String] = [:]
      for level in levels {
        let text = level.trimmingWhitespace
        guard let other = seen.updateValue(level, forKey: text) else { continue }
        return
          "The column \"\(name)\" has the levels \"\(other)\" and \"\(level)\", which differ in "
          + "spaces around the text only. If they are one level, remove the spaces from the data."
      }
      return nil
    }
  }

  /// Whether a level looks like a number; `nan` in any letter case is missing where files are read, and
  /// is none here.
  private static func isNumber(_ level: String) -> Bool {
    Double(level).map { !$0.isNaN } ?? false
  }
}

extension String {
  /// Asked of every level of large factors, and therefore of bytes.
  fileprivate var hasOuterSpace: Bool {
    let spaces: [UInt8?] = [UInt8(ascii: " "), UInt8(ascii: "\t")]
    return spaces.contains(utf8.first) || spaces.contains(utf8.last)
  }

  fileprivate var trimmingWhitespace: String {
    guard let first = firstIndex(where: { !$0.isWhitespace }),
      let last = lastIndex(where: { !$0.isWhitespace })
    else { return "" }
    return String(self[first...last])
  }
}
