// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

/// Small data with eight groups `a` to `h` of five rows, the same every time.
struct Sample {
  /// One row: a response with a slope and a group effect, a covariate, the group.
  struct Row {
    let index: Int
    let y: Double
    let x: Double
    let g: String
  }

  static let rows: [Row] = (0..<40).map { i in
    let group = i % 8
    let x = Double((i * 17) % 40) / 40
    let noise = Double((i * 29 + i * i * 7) % 23) / 23
    let effect = Double((group * 5) % 8) / 4
    return Row(
      index: i, y: 10 + 2 * x + effect + noise, x: x,
      g: String(UnicodeScalar(UInt8(ascii: "a") + UInt8(group))))
  }

  /// The rows as CSV, each with further fields.
  static func csv(_ header: String, _ fields: (Row) -> [String]) -> String {
    header + "\n" + rows.map { fields($0).joined(separator: ",") + "\n" }.joined()
  }

  static let plain = csv("y,x,g") { ["\($0.y)", "\($0.x)", $0.g] }
}
