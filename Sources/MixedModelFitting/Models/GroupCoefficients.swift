// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices

/// The coefficients of each level of a grouping factor: fixed effects plus conditional modes,
/// `β + b`.
///
/// R: `coef`.
public struct GroupCoefficients: Sendable {
  /// The coefficients by the levels of one grouping factor.
  public struct Group: Sendable {
    public let groupingFactor: String
    public let levels: [String]
    /// The estimable fixed effects, then the random effects that are not among them, whose fixed
    /// part is zero.
    public let names: [String]
    /// One coefficient per name and level, `names × levels`.
    public let coefficients: Matrix

    /// The coefficient of a name at a level, or `nil` if there is no such level or name.
    public subscript(level: String, name: String) -> Double? {
      guard let j = levels.firstIndex(of: level), let i = names.firstIndex(of: name) else {
        return nil
      }
      return coefficients[i, j]
    }
  }

  /// One entry per grouping factor, by decreasing number of random effects, ties as written.
  public let groups: [Group]

  /// The group of the given grouping factor, or `nil` if the model has none such.
  public subscript(groupingFactor: String) -> Group? {
    groups.first { $0.groupingFactor == groupingFactor }
  }
}

extension MixedModel {
  /// The coefficients of each level of each grouping factor: fixed effects plus conditional modes.
  ///
  /// R: `coef`.
  public var groupCoefficients: GroupCoefficients {
    GroupCoefficients(
      groups: randomEffects.map { group in
        let fixedNames = fixedEffects.names
        let names = fixedNames + group.names.filter { !fixedNames.contains($0) }
        var coefficients = Matrix(rowCount: names.count, columnCount: group.levels.count)
        for (i, name) in names.enumerated() {
          let fixed = i < fixedNames.count ? fixedEffects.estimates[i] : 0
          let effect = group.names.firstIndex(of: name)
          for level in group.levels.indices {
            coefficients[i, level] = fixed + (effect.map { group.conditionalModes[$0, level] } ?? 0)
          }
        }
        return GroupCoefficients.Group(
          groupingFactor: group.groupingFactor, levels: group.levels, names: names,
          coefficients: coefficients)
      })
  }
}
