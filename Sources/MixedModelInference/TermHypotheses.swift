// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DenseMatrices
import MixedModelErrors
import MixedModelFitting

/// The hypotheses of the tests of terms: matrices with a column per estimable coefficient.
struct TermHypotheses {
  private let model: any MixedModel
  private let covariance: Matrix
  private let columns: [CellColumn]
  private let categories: [Set<String>]

  /// - Parameter covariance: that of the estimable fixed effects.
  init(_ model: any MixedModel, covariance: Matrix) throws(MixedModelError) {
    self.model = model
    self.covariance = covariance
    columns = model.design.fixedCellColumns
    categories = model.design.fixedTermCategories
  }

  private var estimable: [Int] { model.fixedEffects.estimable }

  /// The places of a term's columns among the estimable ones.
  private func places(of term: Int) -> [Int] {
    let range = model.design.fixedTermColumns[term]
    return estimable.indices.filter { range.contains(estimable[$0]) }
  }

  // MARK: Types I and II

  /// The term after those before it.
  func sequential(_ term: Int) throws(MixedModelError) -> Matrix {
    let own = places(of: term)
    let later = (term + 1..<categories.count).flatMap(places)
    guard model.isLinear else { return after(own, ignoring: later) }
    guard let rows = model.heldRows else { throw .sequentialTestsNeedRows() }
    var orthogonal = OrthogonalColumns()
    // A row counts as often as its frequency says.
    let roots = rows.frequencies?.map { $0.squareRoot() }
    for column in estimable {
      let values = rows.fixedEffects.column(column)
      orthogonal.append(roots.map { zip(values, $0).map { $0 * $1 } } ?? Array(values))
    }
    var result = Matrix(rowCount: own.count, columnCount: estimable.count)
    for (row, place) in own.enumerated() {
      for column in place..<estimable.count {
        result[row, column] = orthogonal.parts[column][place]
      }
    }
    return result
  }

  /// The term after all that do not contain it.
  func marginal(_ term: Int) throws(MixedModelError) -> Matrix {
    try checkCells()
    let terms = model.formula.fixedTerms
    let relatives = terms.indices.filter { $0 != term && terms[$0].contains(terms[term]) }
    return after(places(of: term), ignoring: relatives.flatMap(places))
  }

  /// No effect of some columns in the model without others, whose estimates are
  /// `β - V₁₂ V₂₂⁻¹ β₂`.
  private func after(_ own: [Int], ignoring others: [Int]) -> Matrix {
    var result = Matrix(rowCount: own.count, columnCount: estimable.count)
    for (row, place) in own.enumerated() { result[row, place] = 1 }
    guard !others.isEmpty else { return result }
    let scales = others.map { covariance[$0, $0].squareRoot() }
    var factor = [Double](repeating: 0, count: others.count * others.count)
    for j in others.indices {
      for i in others.indices {
        factor[i + j * others.count] =
          covariance[others[i], others[j]] / (scales[i] * scales[j])
      }
    }
    let isFactorized = factor.withUnsafeMutableBufferPointer { buffer -> Bool in
      guard let base = buffer.baseAddress,
        choleskyFactorize(base, order: others.count, leadingDimension: others.count) == nil
      else { return false }
      choleskyInvert(base, order: others.count, leadingDimension: others.count)
      return true
    }
    guard isFactorized else { return result }
    for (row, place) in own.enumerated() {
      for j in others.indices {
        var sum = 0.0
        for i in others.indices {
          let inverse = factor[max(i, j) + min(i, j) * others.count]
          sum += covariance[place, others[i]] / scales[i] * inverse
        }
        result[row, others[j]] = -sum / scales[j]
      }
    }
    return result
  }

  // MARK: Type III

  /// The effects of the term in cells of equal weight.
  ///
  /// The function of cells that the coefficients make falls into one part per set of categorical
  /// factors: centred in these, averaged over the others. A term is tested by its own part and by
  /// those that no smaller term has, as of a nested factor; a part that several terms share without
  /// containing each other is tested by none.
  func averaged(_ term: Int) throws(MixedModelError) -> Matrix {
    try checkCells()
    var rows: [[Double]] = []
    for part in subsets(of: categories[term].sorted()) where owner(of: part, like: term) == term {
      rows += equations(for: part, numericParts: numericParts(of: term))
    }
    var matrix = Matrix(rowCount: rows.count, columnCount: estimable.count)
    for (i, row) in rows.enumerated() {
      for (j, value) in row.enumerated() { matrix[i, j] = value }
    }
    return rows.contains { $0.contains { $0 != 0 } }
      ? matrix : Matrix(rowCount: 0, columnCount: estimable.count)
  }

  private func numericParts(of term: Int) -> [[String]] {
    var parts: [[String]] = []
    for column in model.design.fixedTermColumns[term]
    where !parts.contains(columns[column].numericPart) {
      parts.append(columns[column].numericPart)
    }
    return parts
  }

  /// The only smallest term of the same covariates that has these categorical factors.
  private func owner(of part: Set<String>, like term: Int) -> Int? {
    let numeric = numericParts(of: term)
    let holders = categories.indices.filter {
      categories[$0].isSuperset(of: part) && numericParts(of: $0) == numeric
    }
    let smallest = holders.filter { holder in
      !holders.contains { categories[$0].isStrictSubset(of: categories[holder]) }
    }
    return smallest.count == 1 ? smallest[0] : nil
  }

  /// One equation per covariate and cell of the factors, the last level of each left out.
  private func equations(for part: Set<String>, numericParts: [[String]]) -> [[Double]] {
    let factors = part.sorted()
    let levelCounts = factors.map { name in
      columns.lazy.compactMap { $0.numbers[name]?.count }.first ?? 1
    }
    var cells: [[Int]] = [[]]
    for count in levelCounts {
      cells = cells.flatMap { cell in (0..<max(0, count - 1)).map { cell + [$0] } }
    }
    return numericParts.flatMap { numericPart in
      cells.map { cell in
        estimable.map { column in
          columns[column].numericPart == numericPart
            ? columns[column].value(at: cell, of: factors) : 0
        }
      }
    }
  }

  /// Empty cells make columns of an interaction depend on others.
  private func checkCells() throws(MixedModelError) {
    let known = Set(estimable)
    for (term, range) in model.design.fixedTermColumns.enumerated()
    where categories[term].count > 1 && !range.allSatisfy(known.contains) {
      throw .emptyCells(model.formula.fixedTerms[term].description)
    }
  }
}

/// All subsets, the empty one among them.
private func subsets(of names: [String]) -> [Set<String>] {
  names.reduce(into: [[]]) { sets, name in sets += sets.map { $0.union([name]) } }
}

extension CellColumn {
  /// The column centred in the given factors and averaged over its others, at a cell of the former.
  fileprivate func value(at cell: [Int], of factors: [String]) -> Double {
    var result = 1.0
    for (factor, level) in zip(factors, cell) {
      // A column that does not vary with the factor has no part in it.
      guard let own = numbers[factor] else { return 0 }
      result *= own[level] - own.reduce(0, +) / Double(own.count)
    }
    for (name, own) in numbers where !factors.contains(name) {
      result *= own.reduce(0, +) / Double(own.count)
    }
    return result
  }
}

extension MixedModel {
  /// Whether the criterion is that of a linear model.
  fileprivate var isLinear: Bool {
    criterionName == Criterion.maximumLikelihood.rawValue
      || criterionName == Criterion.restrictedMaximumLikelihood.rawValue
  }
}
