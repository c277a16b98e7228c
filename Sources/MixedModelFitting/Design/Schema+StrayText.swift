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

  /// Whether a level looks like a number; `nan` in any letter case is missing where files are read, and
  /// is none here.
  private static func isNumber(_ level: String) -> Bool {
    Double(level).map { !$0.isNaN } ?? false
  }
}
