// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelErrors
import MixedModelFitting

/// The parameters of a model that have a profile, under the names that results give them.
struct ProfiledQuantities: Sendable {
  /// One parameter, with its place among all.
  struct Entry: Sendable {
    let quantity: BootstrapQuantity
    let parameter: ProfiledParameter
  }

  let entries: [Entry]
  private let layout: BootstrapLayout
  private let columns: [Int]

  init(_ model: some MixedModel) {
    layout = BootstrapLayout(model)
    let columns = layout.quantities.indices.filter { [layout] in layout.quantities[$0].isParameter }
    self.columns = columns
    let coefficients = model.fixedEffects.map(\.name)
    let terms = model.design.randomEffects
    entries = columns.compactMap { [layout] column -> Entry? in
      let quantity = layout.quantities[column]
      func place(_ group: String, _ effects: [String]) -> (term: Int, effects: [Int])? {
        guard let term = terms.firstIndex(where: { $0.groupingFactor == group }) else { return nil }
        return (term, effects.compactMap { terms[term].effectNames.firstIndex(of: $0) })
      }
      let parameter: ProfiledParameter?
      switch quantity {
      case .coefficient(let name):
        parameter = coefficients.firstIndex(of: name).map { .coefficient($0) }
      case .residualStandardDeviation: parameter = .residualStandardDeviation
      case .sizeParameter: parameter = .size
      case .standardDeviation(let group, let effect):
        parameter = place(group, [effect]).map {
          .standardDeviation(term: $0.term, effect: $0.effects[0])
        }
      case .correlation(let group, let effect, let other):
        parameter = place(group, [effect, other]).map {
          .correlation(term: $0.term, $0.effects[0], $0.effects[1])
        }
      case .objective, .standardError, .theta: parameter = nil
      }
      return parameter.map { Entry(quantity: quantity, parameter: $0) }
    }
  }

  /// The values of all parameters at a point of a profile.
  func values(_ point: ProfilePoint) -> [Double] {
    let unknown = [Double](repeating: .nan, count: point.coefficients.count)
    let values = layout.values(
      ReplicateEstimates(
        coefficients: point.coefficients, standardErrors: unknown, sigma: point.sigma,
        sizeParameter: point.sizeParameter, theta: point.theta, objective: point.deviance,
        isSingular: false, hasConverged: true))
    return columns.map { values[$0] }
  }

  /// The parameters of the given names: keys such as `beta:days`, or the part before the first colon
  /// for all of a kind.
  /// - Throws: ``MixedModelError`` if a name is none of these.
  func selected(_ names: [String]?) throws(MixedModelError) -> [Entry] {
    guard let names else { return entries }
    var isWanted = [Bool](repeating: false, count: entries.count)
    for name in names {
      let matches = entries.indices.filter {
        let key = entries[$0].quantity.key
        return key == name || key.hasPrefix(name + ":") && !name.contains(":")
      }
      guard !matches.isEmpty else {
        throw .unknownParameter(name, available: entries.map(\.quantity.key))
      }
      for match in matches { isWanted[match] = true }
    }
    return entries.indices.filter { isWanted[$0] }.map { entries[$0] }
  }
}
