// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors

/// The choice of a coding for one column.
public struct ContrastSpecification: Sendable {
  public let coding: any ContrastCoding

  /// The built-in codings, in the order in which messages list them.
  static let builtIn: [any ContrastCoding.Type] = [
    DummyCoding.self, EffectsCoding.self, HelmertCoding.self, SequentialDifferenceCoding.self,
    PolynomialCoding.self, FullCoding.self,
  ]

  /// The choice of any coding, built in or not.
  public init(_ coding: any ContrastCoding) { self.coding = coding }

  /// The built-in coding of the given name, with `base` a level, `first` or `last`.
  /// - Throws: ``MixedModelError`` if there is no such coding, or it has no base.
  public init(named name: String, base: String? = nil) throws(MixedModelError) {
    guard let type = ContrastSpecification.builtIn.first(where: { $0.name == name }) else {
      throw .unknownContrastCoding(name, available: ContrastSpecification.builtIn.map { $0.name })
    }
    guard let coding = type.init(base: base) else {
      throw .contrastCodingWithoutBase(
        name, base: base ?? "",
        codingsWithBase: ContrastSpecification.builtIn.filter { $0.init(base: "first") != nil }
          .map { $0.name })
    }
    self.coding = coding
  }

  /// The coding written as `CODING` or `CODING:BASE`, such as `effects:last`.
  /// - Throws: ``MixedModelError`` if there is no such coding, or it has no base.
  public init(parsing text: String) throws(MixedModelError) {
    if let colon = text.firstIndex(of: ":") {
      try self.init(
        named: String(text[..<colon]), base: String(text[text.index(after: colon)...]))
    } else {
      try self.init(named: text)
    }
  }
}

extension ContrastSpecification {
  /// Indicators of every level but the base.
  public static func dummy(base: String? = nil) -> ContrastSpecification {
    ContrastSpecification(DummyCoding(base: base))
  }

  /// Deviations from the mean of the levels, which sum to zero; the base has no column.
  public static func effects(base: String? = nil) -> ContrastSpecification {
    ContrastSpecification(EffectsCoding(base: base))
  }

  /// Each level against the mean of those before it.
  public static var helmert: ContrastSpecification { ContrastSpecification(HelmertCoding()) }

  /// Each level against the one before it.
  public static var sequentialDifference: ContrastSpecification {
    ContrastSpecification(SequentialDifferenceCoding())
  }

  /// Orthonormal polynomials over equally spaced levels.
  public static var polynomial: ContrastSpecification { ContrastSpecification(PolynomialCoding()) }

  /// Indicators of all levels.
  public static var full: ContrastSpecification { ContrastSpecification(FullCoding()) }
}
