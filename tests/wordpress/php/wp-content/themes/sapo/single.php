<?php
get_header();
the_post();
?>
<article <?php post_class(); ?>>
	<header class="entry-header"><h1 class="entry-title"><?php the_title(); ?></h1></header>
	<?php if ( has_excerpt() ) : ?>
	<div class="entry-summary"><?php the_excerpt(); ?></div>
	<?php endif; ?>
	<div class="entry-content"><?php the_content(); wp_link_pages(); ?></div>
	<footer class="entry-footer">
		<time class="entry-date published" datetime="<?php echo esc_attr( get_the_date( 'c' ) ); ?>"><?php echo get_the_date(); ?></time>
		<span class="byline">Bởi <a rel="author" href="#"><?php the_author(); ?></a></span>
	</footer>
</article>
<?php
the_post_navigation();
get_footer();
