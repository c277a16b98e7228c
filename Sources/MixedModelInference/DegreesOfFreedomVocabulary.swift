// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

/// The names of the built-in rules for degrees of freedom, as options and files write them.
public enum DegreesOfFreedomVocabulary {
  private static let all: [(name: String, method: any DegreesOfFreedomMethod)] = [
    ("none", .infinite), ("residual", .residual), ("satterthwaite", .satterthwaite),
    ("kenward-roger", .kenwardRoger),
  ]

  /// All names.
  public static var names: [String] { all.map(\.name) }

  /// The rule of the given name, or `nil` if there is none.
  public static func method(named name: String) -> (any DegreesOfFreedomMethod)? {
    all.first { $0.name == name }?.method
  }
}
