// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

/// Names shortened as R's `abbreviate` does.
///
/// From the end, lower-case vowels go first, those that end a word before others; then other
/// lower-case letters; then everything but the first character of a word. Blanks go last. Names that
/// become equal are shortened less.
enum NameAbbreviation {
  /// - Parameter leastLength: the length at which a name is short enough.
  static func abbreviated(_ names: [String], leastLength: Int) -> [String] {
    var distinct: [String] = []
    for name in names where !distinct.contains(name) { distinct.append(name) }
    var short = distinct
    var length = leastLength
    var pending = Array(distinct.indices)
    while !pending.isEmpty {
      for index in pending { short[index] = abbreviated(distinct[index], leastLength: length) }
      var seen: Set<String> = []
      let repeated = Set(short.filter { !seen.insert($0).inserted })
      pending = short.indices.filter { repeated.contains(short[$0]) }
      length += 1
    }
    let table = Dictionary(uniqueKeysWithValues: zip(distinct, short))
    return names.map { table[$0] ?? $0 }
  }

  private static func abbreviated(_ name: String, leastLength: Int) -> String {
    var text = Array(name)
    while text.last == " " { text.removeLast() }
    while text.first == " " { text.removeFirst() }
    let blankCount = text.filter(\.isWhitespace).count
    func isShort() -> Bool { text.count - blankCount <= leastLength }

    /// Drops what `isDropped` says, from the end, as long as the name is too long.
    func drop(where isDropped: (Int) -> Bool) {
      var place = text.count - 1
      while place > 0, !isShort() {
        if isDropped(place) { text.remove(at: place) }
        place -= 1
      }
    }
    func beginsWord(_ place: Int) -> Bool { text[place - 1].isWhitespace }
    func endsWord(_ place: Int) -> Bool {
      !beginsWord(place) && (place + 1 == text.count || text[place + 1].isWhitespace)
    }
    let isVowel: (Int) -> Bool = { "aeiou".contains(text[$0]) }
    let isLowercase: (Int) -> Bool = { text[$0].isLowercase }
    drop { isVowel($0) && endsWord($0) }
    drop { isVowel($0) && !beginsWord($0) }
    drop { isLowercase($0) && endsWord($0) }
    drop { isLowercase($0) && !beginsWord($0) }
    drop { !text[$0].isWhitespace && !beginsWord($0) }
    if text.count > leastLength { text.removeAll(where: \.isWhitespace) }
    return String(text)
  }
}
