// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

/// What must be known of a model's rows besides their cross-products, summed up chunk by chunk.
struct RowStatistics: Sendable {
  private(set) var rowCounts: ModelDesign.RowCounts
  private(set) var logWeightSum: Double
  /// The least and the largest value in each column of X.
  private(set) var columnRanges: [ClosedRange<Double>]
  private var magnitudes: Magnitudes
  private let unstructured: [[Range<Int>]]

  init(_ rows: DesignRows, _ rowCounts: ModelDesign.RowCounts) {
    self.rowCounts = rowCounts
    logWeightSum = rows.logWeightSum
    magnitudes = Magnitudes(rows)
    unstructured = rows.terms.map(\.unstructured)
    columnRanges = (0..<rows.fixedEffects.columnCount).map { column in
      let values = rows.fixedEffects.column(column)
      var (least, largest) = (Double.infinity, -Double.infinity)
      for value in values {
        least = value < least ? value : least
        largest = value > largest ? value : largest
      }
      return min(least, largest)...largest
    }
  }

  /// Whether squares can be summed with the numbers as they are.
  var hasSafeMagnitudes: Bool {
    magnitudes.areSafe
      && zip(magnitudes.covariates, unstructured).allSatisfy {
        EffectUnits(ranges: $0, unstructured: $1, within: .linear).isIdentity
      }
      && columnRanges.allSatisfy {
        let largest = max(abs($0.lowerBound), abs($0.upperBound))
        return largest == 0 || Magnitudes.safe.contains(largest)
      }
  }

  /// Adds what is known of the next chunk.
  mutating func merge(_ other: RowStatistics) {
    if rowCounts.used == 0 || other.rowCounts.used == 0 {
      // The range of no row is no range.
      let counts = rowCounts + other.rowCounts
      if rowCounts.used == 0 { self = other }
      rowCounts = counts
      return
    }
    rowCounts = rowCounts + other.rowCounts
    logWeightSum += other.logWeightSum
    columnRanges = zip(columnRanges, other.columnRanges).map {
      min($0.lowerBound, $1.lowerBound)...max($0.upperBound, $1.upperBound)
    }
    magnitudes.merge(other.magnitudes)
  }
}

extension ModelDesign.RowCounts {
  fileprivate static func + (left: Self, right: Self) -> Self {
    Self(
      used: left.used + right.used, observations: left.observations + right.observations,
      dropped: left.dropped + right.dropped,
      zeroFrequency: left.zeroFrequency + right.zeroFrequency)
  }
}

/// The largest magnitudes among numbers whose squares are summed.
struct Magnitudes: Sendable {
  private var response: Double
  private var weights: Double
  /// The least and the largest covariate of each effect of each term.
  private(set) var covariates: [[ClosedRange<Double>]]

  /// The response, the weights and X; ``LinearProblem`` refuses only what is outside much wider bounds.
  static let safe = 1e-50...1e50

  init(_ rows: DesignRows) {
    response = rows.response.largestMagnitude(from: 0, by: 1)
    weights = rows.weights?.largestMagnitude(from: 0, by: 1) ?? 1
    covariates = rows.terms.map(\.covariateRanges)
  }

  mutating func merge(_ other: Magnitudes) {
    response = max(response, other.response)
    weights = max(weights, other.weights)
    for term in covariates.indices {
      for effect in covariates[term].indices {
        let (left, right) = (covariates[term][effect], other.covariates[term][effect])
        covariates[term][effect] =
          min(left.lowerBound, right.lowerBound)...max(left.upperBound, right.upperBound)
      }
    }
  }

  var areSafe: Bool {
    Self.safe.contains(response) && Self.safe.contains(weights)
  }
}

extension [Double] {
  fileprivate func largestMagnitude(from start: Int, by step: Int) -> Double {
    var largest = 0.0
    for place in stride(from: start, to: count, by: step) {
      let magnitude = abs(self[place])
      largest = magnitude > largest ? magnitude : largest
    }
    return largest
  }
}
