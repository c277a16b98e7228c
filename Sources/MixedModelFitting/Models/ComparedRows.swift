// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices

/// Whether two models are of the same rows and response.
package enum RowComparison: Sendable, Hashable {
  case same
  /// The difference as a clause: `their responses are y and log(y)`.
  case different(String)
  /// One model holds its rows, the other digests of them, and nothing differs that can be seen.
  case unknown
}

extension MixedModel {
  /// The rows that the model holds; `nil` if it holds none.
  package var heldRows: DesignRows? { (self as? any RowBased)?.designRows }

  /// The prior weights of the rows held, trials included.
  private var heldWeights: [Double]? {
    switch self {
    case let model as GeneralizedLinearMixedModel: model.problem.weights
    default: heldRows?.weights
    }
  }

  /// Which information enters the criterion of a generalized model.
  package var informationName: String? {
    switch self {
    case let model as GeneralizedLinearMixedModel: model.information.rawValue
    case let model as SavedModel:
      if case .generalized(_, let information, _) = model.fit { information.rawValue } else { nil }
    default: nil
    }
  }

  /// The size that a negative binomial model was given, if it was not estimated.
  package var givenSize: Double? {
    family.dispersion == .size ? nil : (family as? NegativeBinomial)?.size
  }

  /// Whether two models are of the same rows and response.
  package func comparisonOfRows(_ other: any MixedModel) -> RowComparison {
    guard observationCount == other.observationCount else {
      return .different("they have \(observationCount) and \(other.observationCount) rows")
    }
    if let rows = heldRows, let others = other.heldRows {
      guard rows.response == others.response else {
        return .different("their responses or rows are not the same")
      }
      guard rows.frequencies == others.frequencies else {
        return .different("their frequency weights differ")
      }
      return heldWeights == other.heldWeights ? .same : .different("their weights differ")
    }
    guard formula.response == other.formula.response else {
      return .different(
        "their responses are \(design.responseName) and \(other.design.responseName)")
    }
    guard design.weights == other.design.weights else { return .different("their weights differ") }
    guard design.frequencyWeights == other.design.frequencyWeights else {
      return .different("their frequency weights differ")
    }
    guard let saved = self as? SavedModel, let otherSaved = other as? SavedModel else {
      return .unknown
    }
    let known = Dictionary(
      zip(saved.design.columnNames, saved.columnDigests), uniquingKeysWith: { first, _ in first })
    for (name, digest) in zip(otherSaved.design.columnNames, otherSaved.columnDigests) {
      // A column that is numbers to one model and categories to the other has two digests.
      if let own = known[name], own.kind == digest.kind, own != digest {
        return .different("the column \"\(name)\" has not the same rows in both")
      }
    }
    return .same
  }

  /// Whether both models have the same offset; `nil` if that cannot be told.
  package func hasSameOffset(as other: any MixedModel) -> Bool? {
    if let rows = heldRows, let others = other.heldRows { return rows.offset == others.offset }
    let isSame =
      Set(formula.offsets) == Set(other.formula.offsets) && design.offset == other.design.offset
    return isSame ? true : nil
  }
}
