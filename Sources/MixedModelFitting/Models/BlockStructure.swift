// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import BlockMatrices

/// How the blocks of the cross-products A and of their Cholesky factor L are filled.
///
/// Printed, it is the table of `BlockDescription` in MixedModels.jl:
///
///     rows:     subj         fixed
///       36:   BlkDiag
///        3:    Dense         Dense
public struct BlockStructure: Sendable, Hashable {
  /// The form of one block.
  public enum Form: String, Sendable, Hashable {
    case diagonal = "Diagonal"
    case blockDiagonal = "BlkDiag"
    case sparse = "Sparse"
    case dense = "Dense"
    /// Of a factor that is not made: the log-determinant is stochastic.
    case notFormed = "None"
  }

  /// A block of the lower triangle.
  public struct Block: Sendable, Hashable {
    /// Its form in the cross-products.
    public let crossProducts: Form
    /// Its form in the factor, with fill.
    public let factor: Form
  }

  /// The grouping factors in order, then `fixed`: the fixed effects and the response.
  public let names: [String]
  /// The number of rows of each block row.
  public let rowCounts: [Int]
  /// The blocks of each block row, up to the diagonal.
  public let blocks: [[Block]]

  /// Blocks with more than this share of entries count as dense (MixedModels.jl, `densify`).
  private static let denseShare = 0.1

  init(_ terms: [RandomEffectsTerm], _ system: EquationSystem) {
    let matrix = system.matrix
    let counts = system.factor.map(FactorBlockCounts.init)
    // The factor of a term's own block: levels of the tail may fill in.
    func factorForm(ofTerm term: Int, _ form: Form) -> Form {
      guard let layout = system.factor, let counts else { return form }
      let levels = matrix.terms[term].levelCount
      let filled = counts.blockCount(term, term)
      if filled <= levels { return term < layout.sparseTermCount || levels > 1 ? form : .dense }
      return Self.form(entries: filled, of: levels * (levels + 1) / 2)
    }
    names = terms.map(\.groupingFactor) + ["fixed"]
    rowCounts = matrix.terms.map(\.count) + [matrix.borderCount]
    let dense = Block(crossProducts: .dense, factor: counts == nil ? .notFormed : .dense)
    var blocks: [[Block]] = matrix.terms.indices.map { later in
      var row = (0..<later).map { earlier -> Block in
        let pattern = matrix.patterns[matrix.pairIndex(later, earlier)]
        let size = matrix.terms[later].levelCount * matrix.terms[earlier].levelCount
        let form = Self.form(entries: pattern.levels.count, of: size)
        guard let counts else { return Block(crossProducts: form, factor: .notFormed) }
        guard form == .sparse else { return Block(crossProducts: form, factor: .dense) }
        return Block(
          crossProducts: form,
          factor: Self.form(entries: counts.blockCount(later, earlier), of: size))
      }
      let form: Form = matrix.terms[later].dimension == 1 ? .diagonal : .blockDiagonal
      row.append(Block(crossProducts: form, factor: factorForm(ofTerm: later, form)))
      return row
    }
    blocks.append([Block](repeating: dense, count: names.count))
    self.blocks = blocks
  }

  private static func form(entries: Int, of size: Int) -> Form {
    Double(entries) > denseShare * Double(size) ? .dense : .sparse
  }
}

extension BlockStructure.Block: CustomStringConvertible {
  /// The form, or both forms where they differ: `Diag/Dense`, `BlkDiag/Dense`, `Sparse/Dense`.
  public var description: String {
    if crossProducts == factor { return factor.rawValue }
    let before = crossProducts == .diagonal ? "Diag" : crossProducts.rawValue
    return "\(before)/\(factor.rawValue)"
  }
}

extension BlockStructure: CustomStringConvertible {
  /// The table of `BlockDescription` in MixedModels.jl, a line per block row.
  public var description: String {
    let rowWidth = max(5, 1 + (rowCounts.map { "\($0)".count }.max() ?? 0))
    let columnWidth = max(14, 1 + (names.map(\.count).max() ?? 0))
    var lines = ["rows:".padded(to: rowWidth) + names.map { $0.centred(in: columnWidth) }.joined()]
    for (rowCount, row) in zip(rowCounts, blocks) {
      lines.append(
        String(repeating: " ", count: max(0, rowWidth - "\(rowCount):".count)) + "\(rowCount):"
          + row.map { $0.description.centred(in: columnWidth) }.joined())
    }
    return lines.joined(separator: "\n")
  }
}

extension String {
  fileprivate func padded(to width: Int) -> String {
    self + String(repeating: " ", count: max(0, width - count))
  }

  /// The text amid spaces, one more on the right where they are odd.
  fileprivate func centred(in width: Int) -> String {
    let spaces = max(0, width - count)
    return String(repeating: " ", count: spaces / 2) + self
      + String(repeating: " ", count: spaces - spaces / 2)
  }
}

extension LinearProblem {
  /// How the blocks of the cross-products and of their factor are filled (`BlockDescription` in
  /// MixedModels.jl).
  public var blockStructure: BlockStructure {
    BlockStructure(design.randomEffects, system)
  }
}

extension LinearMixedModel {
  /// How the blocks of the cross-products and of their factor are filled (`BlockDescription` in
  /// MixedModels.jl).
  public var blockStructure: BlockStructure { problem.blockStructure }
}
